// Package vector is the exact vector index in memory.
//
// Each bot has its own rows: float32 vectors in flat buffers with a stride of
// the dimension, and the same vectors rounded to int8. A search scans the int8
// rows through a Scanner, takes the best few dozen and scores those again in
// float32, so every cosine it returns is exact; below Options.Plain rows,
// and without a Scanner, it scans the float32 rows directly.
//
// Searches work on an immutable snapshot and never wait for a change, however
// long that takes. A change appends to the newest segment beyond the rows that
// older snapshots know, or marks rows dead in a copy of the segment's bitmap,
// and then publishes the next snapshot. Dead rows are swept out when they are
// more than a quarter.
package vector
