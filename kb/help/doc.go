// Package help is the help centre before a ticket: the articles that answer a
// customer's long text, with the sentences that matter, and the questions that
// are near an article. It counts what became of the tickets.
//
// A long mail is no query: an encoder reads its first hundred characters and
// blends greeting, story and wish. So the text is cut into sentences, each is
// searched, and an article is as probable as the best sentence makes it.
package help
