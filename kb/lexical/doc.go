// Package lexical is the inverted index that finds documents by words, scored
// with BM25.
//
// The formula is that of Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond" (2009), with the non-negative inverse document
// frequency that Lucene uses:
//
//	score(d, q) = Σ over distinct t in q: idf(t) · f·(k1+1) / (f + k1·(1 − b + b·|d|/avg))
//	idf(t)      = ln(1 + (N − n + ½) / (n + ½))
//
// where f counts t in d, |d| is the number of d's terms, avg its mean over the
// bot's documents, N their number and n the number that hold t.
//
// Self is the score that a text would get as its own document: it turns a BM25
// score, whose size depends on the query and on the bot's documents, into a
// share between 0 and about 1 that different queries can be compared by.
package lexical
