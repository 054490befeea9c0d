// Package faq holds the knowledge bases authored for Yingda.
package faq

import _ "embed"

// Demo is the demo shop's knowledge base: JSON Lines of kb.Article.
//
//go:embed demo.jsonl
var Demo []byte
