// Package eval measures how well messages are understood: several contenders,
// from the most frequent label to the model that ships, over the same labelled
// data, in one table.
//
// Contenders without heads of their own are trained here, on the authored data
// that the shipped heads learned from. Data that is not there, and heads that a
// contender has not got, leave a cell empty with the reason beneath; data that
// is there and broken is an error.
//
// The definitions agree with training-data/pipeline/evaluate.py.
package eval
