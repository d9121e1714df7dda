package postgresql

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/internal/engine/postgresql/pgtest"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

func rows(t *testing.T, s *pgtest.Server, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, s.Rows()); d != "" {
		t.Errorf("%s (-want +got):\n%s", s.Name, d)
	}
}

func TestNoRowIsLost(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	s.primary().Write("one")
	s.do(commandEnable, replication.Options{})
	s.primary().Write("two")
	rows(t, s.target(), "rows of shop/db1", "one", "two")

	s.target().Promote()
	s.target().Write("of its own")
	s.primary().Write("three")
	s.do(commandResync, replication.Options{})
	rows(t, s.target(), "rows of shop/db1", "one", "two", "three")

	s.do("db replicate undo", replication.Options{})
	rows(t, s.target(), "rows of shop/db1", "one", "two", "of its own")
	s.do(commandResync, replication.Options{})

	s.primary().Write("four")
	s.do(commandDisable, replication.Options{})
	s.target().Write("five")
	s.primary().Write("six")
	rows(t, s.target(), "rows of shop/db1", "one", "two", "three", "four", "five")
	rows(t, s.primary(), "rows of shop/db1", "one", "two", "three", "four", "six")

	s.do(commandEnable, replication.Options{})
	rows(t, s.target(), "rows of shop/db1", "one", "two", "three", "four", "six")
	s.do("db replicate undo", replication.Options{})
	rows(t, s.target(), "rows of shop/db1", "one", "two", "three", "four", "five")
	s.do("db replicate undo", replication.Options{})
}

// TestPrimaryRestartsOnlyWhenThePlanSaysSo runs every scene's plan without a failure.
func TestPrimaryRestartsOnlyWhenThePlanSaysSo(t *testing.T) {
	for name, build := range scenes {
		t.Run(name, func(t *testing.T) {
			s := build(t)
			if s.command == commandPromote {
				t.Skip("another server is the primary afterwards")
			}
			p := s.Plan()
			said := p.Estimate.PrimaryUnavailableSeconds > 0
			label := s.primary().Node(s.home()).Label
			disrupted := slices.ContainsFunc(p.Steps, func(step plan.Step) bool {
				return step.ID == "settings" && step.Server == label && step.Disrupts != ""
			})
			before := s.primary().Started()
			if o := plan.Apply(t.Context(), p, nil, plan.Options{}); o.Err != nil {
				t.Fatal(o.Err)
			}
			if restarted := s.primary().Started() != before; restarted != said || restarted != disrupted {
				t.Errorf("restarted %v, estimated %v, said to disrupt %v", restarted, said, disrupted)
			}
		})
	}
}

// recorder keeps all that can be seen of the commands in a server's process list, or in a trace.
type recorder struct {
	remote.Runner
	mu   *sync.Mutex
	seen *[]string
}

func (r recorder) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	r.mu.Lock()
	*r.seen = append(*r.seen, cmd.Title, cmd.Script, strings.Join(cmd.Args, " "))
	r.mu.Unlock()
	return r.Runner.Run(ctx, cmd)
}

func TestPasswordIsInNoArgument(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	var mu sync.Mutex
	var seen []string
	s.Wrap = func(r remote.Runner) remote.Runner { return recorder{r, &mu, &seen} }
	s.do(commandEnable, replication.Options{})
	passfile, ok := s.target().File("/var/lib/belt/postgresql-5432/belt_shop_db2.pgpass")
	fields := strings.Split(strings.TrimSpace(passfile), ":")
	if !ok || len(fields) != 5 || len(fields[4]) < 24 {
		t.Fatalf("the passfile is %q", passfile)
	}
	for _, text := range seen {
		if strings.Contains(text, fields[4]) {
			t.Errorf("the password is to be seen in %q", text)
		}
	}
	if len(seen) < 3*25 {
		t.Errorf("only %d commands were seen", len(seen)/3)
	}
}

// TestFailedRewind: a rewind that fails, whichever way, leaves no copy that could run as a primary. The
// world of pgtest complains when one does.
func TestFailedRewind(t *testing.T) {
	for _, why := range []string{"could not find previous WAL record at 0/3000060", "connection to server was lost"} {
		s := enabled(t, 15, commandResync, "db2")
		s.target().Promote()
		s.target().Write("of its own")
		s.target().Break("rewind", why)
		s.options.Method = methodRewind
		p := s.Plan()
		o := plan.Apply(t.Context(), p, nil, plan.Options{})
		if !o.RolledBack || !strings.Contains(o.Err.Error(), why) {
			t.Errorf("%s: %+v", why, o)
		}
		rows(t, s.target(), "rows of shop/db1", "of its own")
		s.target().Write("it runs on")

		s.options.Method = ""
		if o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{}); o.Err != nil {
			t.Fatalf("%s, copied whole: %v", why, o.Err)
		}
		rows(t, s.target(), "rows of shop/db1")
	}
}

func TestFailedCopySaysWhy(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	before := s.Snapshot()
	s.target().Break("copy", "pg_basebackup: error: could not write to file: No space left on device")
	o := plan.Apply(t.Context(), s.Plan(), nil, plan.Options{})
	if !o.RolledBack || !strings.Contains(o.Err.Error(), "No space left on device") || !strings.HasPrefix(o.Err.Error(), "db2: ") {
		t.Errorf("%v", o.Err)
	}
	if d := cmp.Diff(before, s.Snapshot()); d != "" {
		t.Error(d)
	}
}

func TestReplicaThatDoesNotStartSaysWhy(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	before := s.Snapshot()
	s.target().Break("start", "FATAL:  could not map anonymous shared memory: Cannot allocate memory")
	p := s.Plan()
	for i := range p.Steps { // by the time of the rollback there is memory again
		if p.Steps[i].ID == "start.db2" {
			do := p.Steps[i].Do
			p.Steps[i].Do = func(ctx context.Context, report plan.Progress) error {
				err := do(ctx, report)
				s.target().Break("start", "")
				return err
			}
		}
	}
	o := plan.Apply(t.Context(), p, nil, plan.Options{})
	if !o.RolledBack || !strings.Contains(o.Err.Error(), "Cannot allocate memory") {
		t.Errorf("%+v", o)
	}
	if d := cmp.Diff(before, s.Snapshot()); d != "" {
		t.Error(d)
	}
}

// TestKilledBeforeTheReload: a run that was killed between the lines in pg_hba.conf and their reload left them without
// effect. The next one must not take them for done: "no pg_hba.conf entry", although there is one.
func TestKilledBeforeTheReload(t *testing.T) {
	s := newScene(t, 15, commandEnable, "db2")
	s.interrupt(commandEnable, "hba.db2", replication.Options{})
	var rules []string
	for _, step := range s.Plan().Steps {
		if step.ID == "hba.db2" {
			for _, command := range step.Commands {
				if _, rule, ok := strings.Cut(command, "pg_hba.conf: "); ok {
					rules = append(rules, rule)
				}
			}
		}
	}
	s.primary().EditRules(rules...)
	s.do(commandEnable, replication.Options{})
	rows(t, s.target(), "rows of shop/db1")
}
