// Package typeahead proposes questions while a customer types: by the beginning
// or any part of a wording, in characters, in pinyin (yunfei), in initials (yf),
// mixed (运费xian), in the spelling of regions that do not tell zh from z, n
// from l or ng from n, and with one slip.
//
// A wording is a row of units: a Chinese character with its readings, or one
// letter or digit. What is typed is aligned with the units from some unit on.
// Where an alignment may begin is looked up: for each unit, and each pair of
// neighbours, there is a list of the places where its syllable class stands,
// and one where its first letter does. So a keystroke looks at some hundred
// places, whatever the number of wordings.
package typeahead
