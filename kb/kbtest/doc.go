// Package kbtest has stand-ins for tests of what uses the knowledge base: a
// phraser that needs no model, and an article store in memory.
package kbtest
