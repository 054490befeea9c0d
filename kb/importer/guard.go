package importer

import "strings"

// formula are the characters that make a spreadsheet take a cell for a formula
// (OWASP, CSV Injection).
const formula = "=+-@\t\r＝＋－＠"

// risky reports whether cell, after any number of apostrophes, begins like a formula.
func risky(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.ContainsRune(formula, []rune(rest)[0])
}

// guard makes a cell harmless to spreadsheets; unguard gives it back as it was.
func guard(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}

func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && risky(cell) {
		return cell[1:]
	}
	return cell
}
