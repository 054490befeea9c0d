// Package entity finds the facts in a customer's message by rule: parcel,
// order and phone numbers, money, dates, quantities, sizes, places, carriers.
//
// Extract folds the message code point by code point (full width, case, the
// traditional characters that occur in the tables), reads the numerals once,
// and lets each recogniser propose spans. Where two spans overlap, the kind
// that comes first here wins; the last four kinds are equals, of which the
// longer span wins, then the earlier one:
//
//	tracking number, order number, mobile number, phone tail, date, size,
//	money, then quantity, carrier, city, province
//
// A token that fits several of the number kinds is given one kind by what
// stands around it (see code.go). Everything is a pure function of the text
// and of now, and linear in the length of the text.
//
// The names and shapes are in tables/, one file each.
package entity
