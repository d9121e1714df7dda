package ui

import (
	"io"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table writes rows under their headers: aligned for a terminal of so many columns, as tab-separated values, one row a
// line, when columns is 0.
func Table(w io.Writer, columns int, headers []string, rows [][]string) error {
	if columns == 0 {
		return writeTSV(w, headers, rows)
	}
	t := table.NewWriter()
	t.SetStyle(table.Style{
		Box:    table.BoxStyle{PaddingRight: "  ", UnfinishedRow: "…"},
		Format: table.FormatOptions{Header: text.FormatUpper},
		Size:   table.SizeOptions{WidthMax: columns - 1},
	})
	t.AppendHeader(row(headers))
	for _, r := range rows {
		t.AppendRow(row(r))
	}
	lines := splitLines(t.Render())
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func row(cells []string) table.Row {
	out := make(table.Row, len(cells))
	for i, cell := range cells {
		out[i] = cleanCell(cell)
	}
	return out
}

// colour is what [Style] adds.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// cleanCell is clean, but keeps the colours.
func cleanCell(s string) string {
	var b strings.Builder
	for {
		at := colour.FindStringIndex(s)
		if at == nil {
			b.WriteString(clean(s))
			return b.String()
		}
		b.WriteString(clean(s[:at[0]]) + s[at[0]:at[1]])
		s = s[at[1]:]
	}
}

func writeTSV(w io.Writer, headers []string, rows [][]string) error {
	var b strings.Builder
	for _, cells := range append([][]string{headers}, rows...) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(clean(colour.ReplaceAllString(cell, "")))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
