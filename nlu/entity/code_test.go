package entity

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/nlu"
)

func TestS10(t *testing.T) {
	for code, want := range map[string]bool{
		"RA123456785CN": true,
		"RR473124829US": true,
		"LK000000005HK": true, // the sum is 0: 11 becomes 5
		"CP000040000JP": true, // the sum is 12: 10 becomes 0
		"LK000000000HK": false,
		"RA12345678XCN": false,
		"R1123456785CN": false,
		"RA123456785XX": false,
		"RA12345678CN":  false,
		"RA123456785C":  false,
	} {
		if got := isS10(code); got != want {
			t.Errorf("isS10(%s) = %v, want %v", code, got, want)
		}
	}
}

func TestS10OneWrongDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.IntRange(0, 99_999_999).Draw(t, "serial")
		valid := 0
		for check := range 10 {
			if isS10(fmt.Sprintf("CP%08d%dJP", serial, check)) {
				valid++
			}
		}
		if valid != 1 {
			t.Fatalf("%08d has %d valid check digits", serial, valid)
		}
	})
}

func TestIdentityCard(t *testing.T) {
	for code, want := range map[string]bool{
		identityWithCheck("11010519900307003"): true,
		"110105199002300033":                   false, // no such day
		"440524188001010014":                   false, // born in 1880
		"11010519900307003":                    false, // 17 digits
	} {
		if got := isIdentityCard(code); got != want {
			t.Errorf("isIdentityCard(%s) = %v, want %v", code, got, want)
		}
	}
}

// identityWithCheck appends the check digit as GB 11643 tabulates it.
func identityWithCheck(body string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

func TestIdentityCardAgreesWithTheStandardsTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := fmt.Sprintf("%06d199%d%02d%02d%03d", rapid.IntRange(110000, 659999).Draw(t, "area"), rapid.IntRange(0, 9).Draw(t, "year"),
			rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 999).Draw(t, "serial"))
		code := identityWithCheck(body)
		if strings.HasSuffix(code, "X") {
			return
		}
		if !isIdentityCard(code) {
			t.Fatalf("%s is refused", code)
		}
		wrong := body + string('0'+(code[17]-'0'+1)%10)
		if isIdentityCard(wrong) {
			t.Fatalf("%s is accepted", wrong)
		}
	})
}

func TestCardsAreNoOrderNumbers(t *testing.T) {
	for _, text := range []string{identityWithCheck("11010519900307003"), "6222021234567890128"} {
		if got := New().Extract(text, wednesday); len(got) > 0 {
			t.Errorf("%s: %s", text, show(got))
		}
		if got := New().Extract("订单号"+text, wednesday); len(got) != 1 || got[0].Type != nlu.OrderNumber {
			t.Errorf("订单号%s: %s", text, show(got))
		}
	}
}

func TestBankCard(t *testing.T) {
	for code, want := range map[string]bool{
		"6222021234567890128": true,
		"6222021234567890129": false,
		"622202123456789":     false,
		"4111111111111111":    false, // not UnionPay
	} {
		if got := isBankCard(code); got != want {
			t.Errorf("isBankCard(%s) = %v, want %v", code, got, want)
		}
	}
}
