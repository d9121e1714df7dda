package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/internal/ui"
)

// TestStatusRowsFitATerminal holds that what a narrow table leaves out is in the line below it: a chain's source has a line of
// its own, and a lag that is not known reads so once.
func TestStatusRowsFitATerminal(t *testing.T) {
	seconds, bytes := 1.5, int64(2048)
	rows := statusRows(ops.DatabaseStatus{
		Primary: &ops.PrimaryStatus{Label: "db1", Address: "10.0.0.21", Writable: true, Position: "0/30"},
		Replicas: []ops.ReplicaStatus{
			{Label: "db2", Address: "10.0.0.22", State: "streaming", LagSeconds: &seconds, LagBytes: &bytes, Position: "0/2F"},
			{Label: "db3", Address: "10.0.0.23", State: "stopped", Problem: "it is stopped", From: "db2"},
		},
	}, ui.Style{})
	var wide, short [][]string
	for _, r := range rows {
		wide, short = append(wide, r.cells), append(short, r.short())
	}
	if d := cmp.Diff([][]string{
		{"primary", "db1", "10.0.0.21", "writable", "", "", "0/30", ""},
		{"replica", "db2", "10.0.0.22", "streaming", "1.5s", "2.0 kB", "0/2F", ""},
		{"replica of db2", "db3", "10.0.0.23", "stopped", "unknown", "unknown", "", "it is stopped"},
	}, wide); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff([][]string{
		{"primary", "db1", "10.0.0.21", "writable", "", "0/30"},
		{"replica", "db2", "10.0.0.22", "streaming", "1.5s, 2.0 kB", "0/2F"},
		{"replica", "db3", "10.0.0.23", "stopped", "unknown", ""},
	}, short); d != "" {
		t.Errorf("short (-want +got):\n%s", d)
	}
}
