package mongodb

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan/plantest"
	"github.com/dbbelt/belt/pkg/replication"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestPlans compares whole plans with what was once read and found right.
func TestPlans(t *testing.T) {
	for name, build := range map[string]func(*testing.T) *scene{
		"enable":               scenes["enable"],
		"enable-8":             scenes["enable/8"],
		"enable-authorization": scenes["enable/authorization"],
		"enable-two-voting":    scenes["enable/two, voting"],
		"enable-set-by-hand":   scenes["enable/a set by hand"],
		"enable-discard-old":   scenes["enable/discard old"],
		"disable":              scenes["disable"],
		"disable-standalone":   scenes["disable/standalone"],
		"disable-unfinished":   scenes["disable/unfinished after the swap"],
		"resync-stopped":       scenes["resync/stopped"],
		"resync-stale":         scenes["resync/stale"],
		"restore-set":          scenes["restore/set"],
		"undo":                 scenes["undo"],
		"undo-restore":         scenes["undo/restore"],
		"cleanup":              scenes["cleanup"],
		"enable-adopted": func(t *testing.T) *scene {
			s := newScene(t, commandEnable, "db2")
			s.interrupt(commandEnable, "join.db2", replication.Options{})
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := build(t)
			got := timesOfKept(plantest.Text(s.Plan()), s)
			plantest.Golden(t, filepath.Join("../../../testdata/mongodb/plans", name+".txt"), got, *update)
		})
	}
}

// timesOfKept takes out when old data was set aside.
func timesOfKept(text string, s *scene) string {
	for _, f := range s.facts(replication.Glance) {
		for _, k := range f.Kept {
			text = strings.ReplaceAll(text, k.Time, "TIME")
		}
	}
	return text
}
