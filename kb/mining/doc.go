// Package mining makes proposals for the knowledge base out of conversations
// between customers and agents: which articles are missing, which wordings an
// article lacks, which answers of agents contradict what an article says.
//
// A Miner is fed transcripts one by one and keeps only masked pairs of a
// question and the answer to it: personal and order data never stay. Propose
// then groups the questions by meaning, the answers within a group too, and
// compares each group with the base. It publishes nothing: what comes out is
// for a trainer to accept, edit or reject.
//
// What reads a message (intent, embedding) and what finds entities are
// arguments; this package knows no model. Its memory is bounded by Limits,
// whatever the number of transcripts.
package mining
