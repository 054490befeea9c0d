// Package storetest is the suite that every dialect of the store passes, and
// the quick way for other packages' tests to get a real store.
package storetest
