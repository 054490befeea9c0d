//go:build !cgo

package ort

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

func TestWithoutCgoTheErrorSaysTheFix(t *testing.T) {
	_, err := Open("")
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
		t.Errorf("got %v", err)
	}
	var env Environment
	if _, err := env.NewSession(nil, SessionOptions{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	scores, rows, err := env.NewScanner().Scan(t.Context(), []int8{1, 2, 3, 4}, 2, 2, []int8{1, 1}, 1)
	if err != nil || scores[0] != 7 || rows[0] != 1 {
		t.Errorf("small matrices are scanned in Go: %v %v %v", scores, rows, err)
	}
}
