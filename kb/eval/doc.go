// Package eval measures retrieval: how often the right article comes first, how
// well the scores tell questions that the knowledge base answers from those it
// does not, and how many questions may be answered at a given precision. Each
// way to search (words alone, embeddings alone, both fused) gets a row.
package eval
