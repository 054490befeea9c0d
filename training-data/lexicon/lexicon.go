// Package lexicon holds the words of the trade: terms for the segmenter,
// synonyms and stop words for the lexical search. README.md describes the
// formats. The byte slices are shared: read only.
package lexicon

import _ "embed"

// Terms lists "term freq pos" a line, as segment.ParseWords reads them.
//
//go:embed terms.txt
var Terms []byte

// StopWords lists one word a line, as segment.StopWords reads them.
//
//go:embed stopwords.txt
var StopWords []byte

// Synonyms is JSON Lines of {"canonical": …, "aliases": […]}.
//
//go:embed synonyms.jsonl
var Synonyms []byte
