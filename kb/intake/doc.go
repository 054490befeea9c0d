// Package intake imports a file of articles in two steps. The first reads and
// checks it and changes nothing: row by row it says what an import would do,
// what is wrong and how to mend it, what is doubled, and what is nearly the
// same as something else. The second writes what was chosen, all of it or
// nothing.
//
// Both are jobs of a queue that the store keeps: they tell how far they are,
// can be cancelled at any moment, and go on after a restart. A check that was
// interrupted begins again, and what it had encoded is cached. An application
// that was interrupted is in the base's revisions, by the job's id, or is made.
package intake
