package importer_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

// many makes n articles of the size that shops write.
func many(n int) []kb.Article {
	var out []kb.Article
	for i := range n {
		out = append(out, kb.Article{
			ID: fmt.Sprintf("kb-%06d", i), Question: fmt.Sprintf("型号 %d 的商品什么时候发货", i), Similar: []string{fmt.Sprintf("%d 几天能发", i), fmt.Sprintf("买了 %d 怎么还不发货", i)},
			Answer: fmt.Sprintf("型号 %d：", i) + strings.Repeat("付款后四十八小时内发出，节假日顺延。", 6), Category: "物流/发货",
		})
	}
	return out
}

func file(b testing.TB, format importer.Format, n int) []byte {
	b.Helper()
	var out bytes.Buffer
	if err := importer.Write(&out, format, many(n)); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// A workbook of 50 000 rows stays within the memory and the time that the
// import page promises; the peak is sampled while it is read.
func TestLargeWorkbook(t *testing.T) {
	if testing.Short() {
		t.Skip("50 000 rows")
	}
	data := file(t, importer.XLSX, importer.MaxRows)
	var idle, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&idle)
	start, n, top := time.Now(), 0, uint64(0)
	table, err := importer.Read(bytes.NewReader(data), importer.Options{Progress: func(int) {
		if n++; n%10 == 0 {
			runtime.ReadMemStats(&peak)
			top = max(top, peak.HeapInuse)
		}
	}})
	if err != nil || len(table.Rows) != importer.MaxRows || len(table.Problems) != 0 {
		t.Fatalf("%d rows, %d problems, %v", len(table.Rows), len(table.Problems), err)
	}
	runtime.ReadMemStats(&peak)
	top = max(top, peak.HeapInuse)
	above, took := (int64(top)-int64(idle.HeapInuse))>>20, time.Since(start)
	t.Logf("%d rows, file of %d MB: %v, heap at most %d MB above idle", len(table.Rows), len(data)>>20, took, above)
	if above > 300 || took > time.Minute {
		t.Errorf("%v and %d MB above idle, want below a minute and 300 MB", took, above)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, format := range importer.Formats() {
		b.Run(string(format), func(b *testing.B) {
			data := file(b, format, 5000)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if table, err := importer.Read(bytes.NewReader(data), importer.Options{}); err != nil || len(table.Rows) != 5000 {
					b.Fatal(len(table.Rows), err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	list := many(5000)
	for _, format := range importer.Formats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := importer.Write(io.Discard, format, list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
