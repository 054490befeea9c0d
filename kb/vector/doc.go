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
// and then publishes the next snapshot. A segment of which more than a quarter
// is dead is emptied: its live rows move on to the newest segment.
//
// A vector of d values takes 5·d bytes, its names and the maps that find it
// about 250, and what the native scanner packs another d/2 + d/64 (d where a
// block of 32 768 rows is not full). An open segment has room for up to twice
// its rows.
//
// A bot's vectors can be saved and loaded (see Save), and Snapshots does so with
// files, in the background. A snapshot is only ever a shortcut: one that is
// damaged, or of other vectors than are wanted, is left aside.
package vector
