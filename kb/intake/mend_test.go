package intake_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// report is the file of problems of a checked job.
func (w *world) report(id string) [][]string {
	w.Helper()
	var out bytes.Buffer
	w.must(w.WriteProblems(w.Context(), "shop", id, &out))
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff")))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	w.must(err)
	return records
}

// submitAs uploads a file whose name tells its format.
func (w *world) submitAs(name, file string) jobs.Job {
	w.Helper()
	j, err := w.Submit(w.Context(), intake.Request{Bot: "shop", Source: jobs.Source{File: name}, Body: []byte(file)})
	w.must(err)
	return j
}

// text writes records as a spreadsheet saves them.
func text(t *testing.T, records [][]string) string {
	t.Helper()
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const flawed = "编号,客户怎么问,相似问,相似问,答案,备注,失效时间\n" +
	"x1,运费多少,=1+1的运费,邮费,满 59 包邮,看过了,\n" + // a warning: replaces an answer
	",怎么换货,换货流程,,,小周写,\n" + // no answer
	",坏了怎么办,,,\"拍照\n给客服\",急,明年\n" + // no date
	",能开发票吗,,,可以,,,多一格\n" + // a cell too many
	",能\"开\"专票吗\n,\"没有说完,\n" // no answer; broken quotes

func TestRefusedRowsAreMendedInTheirOwnColumns(t *testing.T) {
	w := open(t)
	w.put(kb.Article{ID: "a1", Question: "运费多少", Answer: "五元"})
	check := func(file string) jobs.Job {
		t.Helper()
		j, err := w.Submit(t.Context(), intake.Request{
			Bot: "shop", Source: jobs.Source{File: "a.csv", Mapping: map[string]string{"客户怎么问": "question"}}, Body: []byte(file),
		})
		w.must(err)
		return w.wait(j.ID, jobs.Ready)
	}
	j := check(flawed)
	got := w.report(j.ID)
	head := []string{"工作表", "行", "级别", "问题说明", "怎么改", "编号", "客户怎么问", "相似问", "相似问", "答案", "备注", "失效时间"}
	if d := cmp.Diff(head, got[0]); d != "" {
		t.Fatal(d)
	}
	want := [][]string{
		{"2", "提醒", "x1", "运费多少", "'=1+1的运费\n邮费", "", "满 59 包邮", "", ""},
		{"3", "错误", "", "怎么换货", "换货流程", "", "", "小周写", ""},
		{"4", "错误", "", "坏了怎么办", "", "", "拍照\n给客服", "急", "明年"},
		{"6", "错误", "", "能开发票吗", "", "", "可以", "", "", "多一格"},
		{"7", "错误", "", "能\"开\"专票吗", "", "", "", "", ""},
		{"8", "错误", "", "", "", "", "", "", "", ",\"没有说完,"},
	}
	var rows [][]string
	for _, r := range got[1:] {
		if r[3] == "" || r[2] == "错误" && r[4] == "" {
			t.Errorf("line %s says %q, to mend: %q", r[1], r[3], r[4])
		}
		rows = append(rows, slices.Concat(r[1:3], r[5:]))
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Fatal(d)
	}

	// Imported as it is, the file has the same rows refused again.
	again := check(text(t, got))
	if again.Summary.Rejected != j.Summary.Rejected || again.Summary.Rejected != 5 {
		t.Errorf("%d rows refused, %d at first", again.Summary.Rejected, j.Summary.Rejected)
	}
	if second := w.report(again.ID); !slices.Equal(second[0], head) || len(second) != len(got) {
		t.Errorf("the second report: %q", second)
	}

	// Mended in its cells, it has none.
	got[2][9], got[3][11], got[4] = "联系客服", "2027-01-01", got[4][:12]
	got[5][9], got[6] = "可以", []string{"", "", "", "", "", "", "尺码怎么选", "", "", "看详情页", "", ""}
	mended := check(text(t, got))
	if s := mended.Summary; s.Rejected != 0 || s.Added != 6 || s.Errors != 0 {
		t.Errorf("%+v", s)
	}
}

func TestRowsOfOneArticleAreMendedTogether(t *testing.T) {
	w := open(t)
	j := w.submitAs("a.jsonl", "{\"question\":\"甲\",\"similar\":[\"乙\",\"丙\"],\"answer\":7}\n[1]\n")
	j = w.wait(j.ID, jobs.Ready)
	got := w.report(j.ID)
	want := [][]string{
		{"answer", "similar", "question"}, {"7", "乙\n丙", "甲"}, {"", "", "", "[1]"},
	}
	for i, r := range got {
		if d := cmp.Diff(want[i], r[5:]); d != "" {
			t.Error(d)
		}
	}
	j = w.submit("问题,相似问,答案\n怎么退,退货,\n,退款,\n怎么换,换货,七天内\n")
	j = w.wait(j.ID, jobs.Ready)
	got = w.report(j.ID)
	if len(got) != 3 || got[1][1] != "2" || got[2][1] != "3" || got[1][3] == "" || got[2][6] != "退款" {
		t.Errorf("%q", got)
	}
}

func TestProblemsOfAnArticleWithoutCells(t *testing.T) {
	w := open(t)
	j := w.submitAs("a.md", "# 怎么退\n\n分类: 售后\n生效时间: 明天吧\n\n联系客服\n\n# 怎么换\n\n七天内\n")
	j = w.wait(j.ID, jobs.Ready)
	got := w.report(j.ID)
	if len(got) != 2 {
		t.Fatalf("%q", got)
	}
	row := map[string]string{}
	for i, h := range got[0] {
		row[h] = got[1][i]
	}
	if row["行"] != "1" || row["问题"] != "怎么退" || row["分类"] != "售后" || row["答案"] != "联系客服" || !strings.Contains(row["问题说明"], "明天吧") {
		t.Errorf("%q", row)
	}
}

func TestTheReportOfAWriterThatFails(t *testing.T) {
	w := open(t)
	j := w.submit("问题,答案\n怎么换货,\n怎么退货,联系客服\n")
	w.wait(j.ID, jobs.Ready)
	if err := w.WriteProblems(t.Context(), "shop", j.ID, full{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if err := w.WriteProblems(t.Context(), "shop", "none", full{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

// full takes no byte.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestReplacedArticlesKeepWhatTheFileDoesNotSayAnythingOf(t *testing.T) {
	w := open(t)
	w.put(kb.Article{ID: "a1", Question: "运费多少", Similar: []string{"邮费"}, Answer: "五元", Category: "物流", Owner: "小周", Review: kb.Approved})
	j := w.submit("问题,答案,负责人,状态\n运费多少,满 59 包邮,,启用\n")
	j = w.wait(j.ID, jobs.Ready)
	if d := cmp.Diff([]string{"question", "answer", "owner"}, j.Summary.Fields); d != "" || j.Summary.Replaced != 1 {
		t.Errorf("%s%+v", d, j.Summary)
	}
	w.apply(j.ID, jobs.Choice{})
	a := w.articles()["运费多少"]
	if a.Answer != "满 59 包邮" || a.Owner != "" || a.Category != "物流" || !slices.Equal(a.Similar, []string{"邮费"}) || a.Review != kb.Approved {
		t.Errorf("%+v", a)
	}
	// A column that is there and empty empties.
	j = w.submit("问题,相似问,答案,分类\n运费多少,,满 59 包邮,\n")
	w.wait(j.ID, jobs.Ready)
	w.apply(j.ID, jobs.Choice{})
	if a = w.articles()["运费多少"]; len(a.Similar) > 0 || a.Category != "" || a.Review != kb.Approved {
		t.Errorf("%+v", a)
	}
}
