package mongodb

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		want   string
	}{
		"sharded": {func(s *scene) {
			s.primary().Conf(func(text string) string {
				return strings.Replace(text, "#sharding:", "sharding:\n  clusterRole: shardsvr", 1)
			})
		}, "sharding db1: it is a part of a sharded cluster (shardsvr)"},
		"TLS only": {func(s *scene) {
			s.primary().Conf(func(text string) string {
				return strings.Replace(text, "net:\n", "net:\n  tls: {mode: requireTLS}\n", 1)
			})
		}, "tls db1: requireTLS"},
		"no journal": {func(s *scene) {
			s.primary().Conf(func(text string) string { return strings.Replace(text, "#  engine:", "  journal: {enabled: false}", 1) })
		}, "conf db1: it has no journal"},
		"certificates between members": {func(s *scene) {
			s.primary().Conf(func(text string) string {
				return strings.Replace(text, "#security:", "security:\n  clusterAuthMode: sendX509", 1)
			})
		}, "authorization db1: members log in with certificates"},
		"what is left of a set": {func(s *scene) {
			s.primary().Initiate("mine", "10.0.0.21:27017")
			s.primary().Conf(func(text string) string {
				return strings.Replace(text, "  replSetName: mine\n", "  oplogSizeMB: 990\n", 1)
			})
		}, "set db1: its database local is still that of a set mine"},
		"no way there":   {func(s *scene) { s.primary().Filter() }, "port db2: cannot reach 10.0.0.21:27017"},
		"no way back":    {func(s *scene) { s.target().Filter() }, "port-back db2: db1 cannot reach 10.0.0.22:27017"},
		"a full disk":    {func(s *scene) { s.target().Free = 1 << 20 }, "disk db2: needs"},
		"somebody there": {func(s *scene) { s.target().WritesPerSecond = 5 }, "clients db2: nobody is connected; 5 writes within a second"},
		"other storage": {func(s *scene) {
			s.target().Conf(func(text string) string { return strings.Replace(text, "#  engine:", "  engine: inMemory", 1) })
		}, "engine db2: inMemory"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, commandEnable, "db2")
			c.change(s)
			if got := s.refused(commandEnable, replication.Options{}); !strings.Contains(got, c.want) {
				t.Errorf("refused: %q, want %q", got, c.want)
			}
		})
	}
}

func TestBetweenAppsIsRefused(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.targets = []*mongotest.Server{s.Add("shop-eu", "db1")}
	s.members = append(s.members[:1], s.targets...)
	p := s.Plan()
	failed := p.Failed()
	last := failed[len(failed)-1]
	if last.Name != "between-apps" || !last.Vital || !strings.Contains(last.Hint, "belt db backup") || len(p.Steps) > 0 {
		t.Errorf("%+v, %d steps", failed, len(p.Steps))
	}
}
