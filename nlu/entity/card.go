package entity

// isIdentityCard reports whether code is an 18-digit resident identity number:
// a birthday in digits 7 to 14 and the check digit of GB 11643 (ISO 7064,
// MOD 11-2). Numbers that end in X never get here.
func isIdentityCard(code string) bool {
	if len(code) != 18 {
		return false
	}
	year, month, day := atoi(code[6:10]), atoi(code[10:12]), atoi(code[12:14])
	if year < 1900 || year > 2100 || !validDate(year, month, day) {
		return false
	}
	sum, weight := 0, 1 // weights 2^(17-i) mod 11, from the last digit on
	for i := len(code) - 1; i >= 0; i-- {
		sum += weight * int(code[i]-'0')
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// isBankCard reports whether code is a UnionPay card number: 16 to 19 digits
// that begin with 62 and pass the Luhn check.
func isBankCard(code string) bool {
	if len(code) < 16 || len(code) > 19 || code[:2] != "62" {
		return false
	}
	sum := 0
	for i := range len(code) {
		d := int(code[len(code)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// atoi reads decimal digits.
func atoi(digits string) int {
	n := 0
	for _, r := range digits {
		n = n*10 + int(r-'0')
	}
	return n
}
