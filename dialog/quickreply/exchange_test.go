package quickreply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog/quickreply"
)

func row(line int, folder, title, text, shortcut string) quickreply.Row {
	return quickreply.Row{Line: line, Reply: quickreply.Reply{Folder: folder, Title: title, Text: text, Shortcut: shortcut}}
}

func TestImport(t *testing.T) {
	s := newService(t)
	put(t, s, ofTeam, "退款", "三天到账", "tk")
	put(t, s, ofTeam, "发货", "今天发货", "fh")
	rows := []quickreply.Row{
		row(2, "", "退款", "三天到账", "tk"),       // as it is
		row(3, "", "发货", "48 小时内发货", "fh"),   // replaced
		row(4, "售后", "退款", "另一个文件夹", ""),     // new
		row(5, "", "换货", "七天可换", "tk"),       // taken shortcut
		row(6, "售后", "退款", "又一次", ""),        // twice
		row(7, "", "", "没有标题", ""),           // no title
		row(8, "", "坏的", "{{客户名}}您好", "bad"), // broken slot
	}
	want := quickreply.Report{Rows: 7, Added: 1, Replaced: 1, Unchanged: 1, Rejected: 4}
	dry, err := s.Import(t.Context(), lin, ofTeam, rows, true)
	must(t, err)
	for i, field := range []string{"shortcut", "title", "title", "text"} {
		if p := dry.Problems[i]; p.Line != 5+i || p.Field != field || p.Message == "" {
			t.Errorf("problem %d is %+v", i, p)
		}
	}
	if !strings.Contains(dry.Problems[1].Message, "第 4 行") {
		t.Errorf("the first of two is not named: %s", dry.Problems[1].Message)
	}
	problems := dry.Problems
	dry.Problems = nil
	if d := cmp.Diff(want, dry); d != "" {
		t.Errorf("dry run (-want +got):\n%s", d)
	}
	before, err := s.Export(t.Context(), lin, ofTeam)
	must(t, err)
	if len(before) != 2 || before[1].Reply.Text != "今天发货" {
		t.Errorf("the dry run changed %+v", before)
	}
	done, err := s.Import(t.Context(), lin, ofTeam, rows, false)
	must(t, err)
	if d := cmp.Diff(problems, done.Problems); d != "" {
		t.Error(d)
	}
	after, err := s.Export(t.Context(), lin, ofTeam)
	must(t, err)
	if len(after) != 3 || after[1].Reply.Text != "48 小时内发货" || after[1].Reply.Author != "小林" || after[2].Reply.Folder != "售后" {
		t.Errorf("after the import: %+v", after)
	}
	again, err := s.Import(t.Context(), lin, ofTeam, after, false)
	must(t, err)
	if again.Unchanged != 3 || again.Added+again.Replaced+again.Rejected != 0 {
		t.Errorf("what was exported is imported as %+v", again)
	}
}

func TestImportSwapsShortcuts(t *testing.T) {
	s := newService(t)
	put(t, s, ofTeam, "甲", "一", "a")
	put(t, s, ofTeam, "乙", "二", "b")
	report, err := s.Import(t.Context(), lin, ofTeam, []quickreply.Row{row(2, "", "甲", "一", "c"), row(3, "", "乙", "二", "a"), row(4, "", "甲甲", "三", "b")}, false)
	must(t, err)
	if report.Replaced != 2 || report.Added != 1 || report.Rejected != 0 {
		t.Errorf("%+v", report)
	}
}
