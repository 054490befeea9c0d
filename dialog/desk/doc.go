// Package desk is where people take over: the queue, who owns a conversation,
// what an agent says, and the replies drafted for them.
//
// A Service acts through the Manager's door (Do), so that every change is an
// event, serial within its conversation, and refused when the status machine
// does not allow it. A conversation has one owner at any time: of two agents
// who claim it at once, one wins and the other reads who it was.
//
// Suggestions come from four sources: articles that may answer the visitor,
// what is known of parcels and orders, the question a running flow waits for,
// and written phrases that fit the matter and the mood (phrases.yaml). There
// are always at least three, ready to send: no blanks, nothing said before.
package desk
