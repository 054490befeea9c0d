// Package demo embeds the demo shop, so that a fresh installation has
// something to show without a file.
package demo

import _ "embed" // the files

// Shop is the text of shop.yaml, in the format of dialog/action/demo.
//
//go:embed shop.yaml
var Shop []byte

// Bots is the text of bots.yaml: the profiles of a fresh installation's bots.
//
//go:embed bots.yaml
var Bots []byte
