// Package growth puts before trainers what conversations teach: proposals that
// mining makes, with what became of them, and the questions that found no
// answer, by topic. Mining runs as jobs, one at a time.
//
// Nothing here publishes by itself: an accepted proposal becomes a draft, or,
// where the trainer says so, an article. What was rejected is not put forward
// again unless it has been asked twice as often since.
package growth
