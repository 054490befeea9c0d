// Package check reads the labelled sets under training-data and reports what
// would spoil training or measuring: exact copies, texts with two labels,
// unknown labels, texts too long or empty, near copies that carry different
// labels, texts that give their label away, references to what does not exist,
// and texts too like one that measures (the command nearcopy).
//
// Texts are compared folded (see [Fold]), so that "退款！" and "退款" are one
// text. Nearness is the Jaccard index of the sets of character pairs of the
// folded texts; texts under six code points are compared for equality only,
// because one character makes their pairs differ too much.
//
// A file that cannot be read (broken JSON, invalid UTF-8, an unknown field)
// is an error with its line number; a file that reads but is faulty gives a
// [Report] with findings, in the order of the lines, the same on every run.
package check
