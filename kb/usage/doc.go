// Package usage counts what becomes of articles: shown, answered, suggested,
// taken, ignored, disliked, answered and then handed to people. From the counts
// it makes the lists that trainers look through and the prior by which use
// moves the ranking.
//
// Counting follows the stored events, never the message in flight. A cursor
// for each conversation moves in the transaction that adds to the counts, so
// a restart, or a second process, counts nothing twice.
package usage
