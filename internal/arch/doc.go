// Package arch holds no code: its test keeps the import table of
// docs/adr/0001-layout.md true.
package arch
