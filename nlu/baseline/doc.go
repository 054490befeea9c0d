// Package baseline holds the simplest classifiers that anything better has to
// beat: the most frequent label, and naive Bayes over characters. They read the
// text of an nlu.Input and no vector. Evaluations use them; nothing that serves
// messages does.
package baseline
