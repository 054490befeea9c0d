package main

import (
	"fmt"
	"io"
	"sort"
	"text/tabwriter"

	"github.com/yingda/yingda/nlu/head"
)

// printReport writes a head's quality as a table, worst labels first.
func printReport(w io.Writer, title string, r head.Report) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s: %d messages\n", title, r.Examples)
	fmt.Fprintf(w, "  strict %.3f   soft %.3f   macro F1 %.3f   log loss %.3f   calibration error %.3f\n\n", r.Accuracy, r.Soft, r.MacroF1, r.LogLoss, r.ECE)
	fmt.Fprintln(tw, "label\tprecision\trecall\tF1\tsupport\t")
	classes := append([]head.ClassReport(nil), r.Classes...)
	sort.SliceStable(classes, func(i, j int) bool { return classes[i].F1 < classes[j].F1 })
	for _, c := range classes {
		if c.Support == 0 {
			continue
		}
		fmt.Fprintf(tw, "%s\t%.3f\t%.3f\t%.3f\t%d\t\n", c.Label, c.Precision, c.Recall, c.F1, c.Support)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(r.Confusions) > 0 {
		fmt.Fprintln(w, "\nmost confused (truth → taken for):")
		for _, c := range r.Confusions[:min(10, len(r.Confusions))] {
			fmt.Fprintf(w, "  %3d  %s → %s\n", c.Count, c.Truth, c.Predicted)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
