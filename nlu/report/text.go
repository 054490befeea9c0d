package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/yingda/yingda/nlu/head"
)

// WriteText writes the findings for people, in English.
func WriteText(w io.Writer, title string, f Findings) error {
	var b strings.Builder
	if err := writeQuality(&b, title, f.Report); err != nil {
		return err
	}
	if len(f.Few) > 0 {
		fmt.Fprintf(&b, "\nfewer than %d examples:\n", FewExamples)
		for _, few := range f.Few {
			fmt.Fprintf(&b, "  %3d  %s\n", few.Examples, few.Label)
		}
	}
	if len(f.Duplicates) > 0 {
		b.WriteString("\nnearly the same message under different labels:\n")
		for _, d := range f.Duplicates[:min(10, len(f.Duplicates))] {
			fmt.Fprintf(&b, "  %s %q (%s)\n  %s %q (%s)\n\n", place(d.A), d.A.Text, d.A.Label, place(d.B), d.B.Text, d.B.Label)
		}
	}
	if len(f.Suspicious) > 0 {
		b.WriteString("\nlabels that the rest of the data contradicts:\n")
		for _, s := range f.Suspicious[:min(15, len(f.Suspicious))] {
			fmt.Fprintf(&b, "  %s %q is %s, reads like %s (%.2f)\n", place(s.Message), s.Text, s.Label, s.Says, s.Confidence)
		}
	}
	if len(f.Suggestions) > 0 {
		b.WriteString("\nwhat to do next:\n")
		for i, s := range f.Suggestions {
			if i == 15 {
				fmt.Fprintf(&b, "  … and %d more, in the JSON report\n", len(f.Suggestions)-i)
				break
			}
			fmt.Fprintf(&b, "  - %s\n", s.English)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func place(m Message) string {
	if m.Line > 0 {
		return fmt.Sprintf("line %d:", m.Line)
	}
	return fmt.Sprintf("message %d:", m.Index+1)
}

func writeQuality(b *strings.Builder, title string, r head.Report) error {
	fmt.Fprintf(b, "%s: %d messages, %d labels\n", title, r.Examples, len(r.Classes))
	fmt.Fprintf(b, "  strict %.3f   soft %.3f   macro F1 %.3f   log loss %.3f   calibration error %.3f", r.Accuracy, r.Soft, r.MacroF1, r.LogLoss, r.ECE)
	if r.ECEBefore != nil {
		fmt.Fprintf(b, " (before calibration %.3f)", *r.ECEBefore)
	}
	b.WriteString("\n\n")
	tw := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "label\tprecision\trecall\tF1\tsupport\t")
	classes := slices.Clone(r.Classes)
	slices.SortStableFunc(classes, func(a, b head.ClassReport) int {
		switch {
		case a.F1 < b.F1:
			return -1
		case a.F1 > b.F1:
			return 1
		}
		return 0
	})
	for _, c := range classes {
		if c.Support > 0 {
			fmt.Fprintf(tw, "%s\t%.3f\t%.3f\t%.3f\t%d\t\n", c.Label, c.Precision, c.Recall, c.F1, c.Support)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(r.Confusions) > 0 {
		b.WriteString("\nmost confused (truth → taken for):\n")
		for _, c := range r.Confusions[:min(10, len(r.Confusions))] {
			fmt.Fprintf(b, "  %3d  %s → %s\n", c.Count, c.Truth, c.Predicted)
		}
	}
	return nil
}
