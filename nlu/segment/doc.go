// Package segment cuts Chinese text into words behind nlu.Segmenter.
//
// The words come from three layers, looked up together: the built-in general
// dictionary (dict/zh.txt, held in gse's double-array trie, one per process),
// the terms of the trade (Options.Terms), and the user words of a bot
// (WithWords). The cut is the path of the highest product of word
// probabilities; single characters that stay over side by side go through
// gse's hidden Markov model, which finds names and new words.
//
// gse itself has no locks, writes to its trie in place, and lower-cases what
// it returns. So the trie is built once and only read afterwards, the two
// upper layers are immutable maps that are swapped by an atomic pointer, and
// surface text is always a slice of the original, found by a folding that
// keeps the number of code points.
//
// Text is first divided into units that are never cut: one Chinese character,
// one run of blanks, one symbol (repeats and joined emoji together), one
// piece of Latin letters and digits. Letters and digits part where a group of
// three letters or more meets digits: iPhone15ProMax is iPhone, 15, ProMax,
// while 2XL, A4, 128GB and SF1234567890123 stay whole. A dictionary word may
// join units (T恤, 双11, H&M), so it overrules that.
package segment
