// Package baseline holds the simplest classifiers that anything better has to
// beat: the most frequent label, naive Bayes over the characters of the text,
// and logistic regression on the encoder's state. Evaluations use them; nothing
// that serves messages does.
package baseline
