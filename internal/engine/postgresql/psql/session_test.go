package psql

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
)

// pretender is a Runner whose psql answers each statement with what answer says.
type pretender struct {
	answer func(sql string) string // rows, or "!STATE message"
	hangs  func(sql string) bool   // does not answer before its session is terminated
	dies   string                  // refuses the connection with this message

	mu         sync.Mutex
	commands   []remote.Command
	terminated chan struct{}
}

func (p *pretender) Server() string { return "db1" }

var numbered = regexp.MustCompile(`^\\echo '\\\\\.' (\d+) :SQLSTATE$`)

func (p *pretender) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	p.mu.Lock()
	p.commands = append(p.commands, cmd)
	p.mu.Unlock()
	failed := func(text string) (remote.Result, error) {
		return remote.Result{Stderr: text, Code: 2}, &remote.ExitError{Server: "db1", Title: cmd.Title, Code: 2, Stderr: text}
	}
	if p.dies != "" {
		return failed(p.dies)
	}
	in := bufio.NewScanner(cmd.Stdin)
	in.Buffer(nil, 16<<20)
	var sql []string
	for in.Scan() {
		line := in.Text()
		switch found := numbered.FindStringSubmatch(line); {
		case strings.Contains(line, "pg_terminate_backend"):
			close(p.terminated)
			return remote.Result{}, nil
		case found != nil:
			statement := strings.Join(sql, "\n")
			if p.hangs != nil && p.hangs(statement) {
				<-p.terminated
				return failed("FATAL:  terminating connection due to administrator command")
			}
			text, state, message := p.reply(statement), "00000", ""
			if rest, refused := strings.CutPrefix(text, "!"); refused {
				text = ""
				state, message, _ = strings.Cut(rest, " ")
			}
			if _, err := fmt.Fprintf(cmd.Stdout, "%s\\. %s %s\n= %s\n\\. %s end\n", text, found[1], state, message, found[1]); err != nil {
				return failed(err.Error())
			}
			sql = nil
		case strings.HasPrefix(line, `\`):
		default:
			sql = append(sql, line)
		}
	}
	return remote.Result{}, ctx.Err()
}

func (p *pretender) reply(sql string) string {
	if strings.Contains(sql, "set_config") {
		return "[4711, \"1000.5\", 30]\n"
	}
	return p.answer(strings.TrimSuffix(sql, ";"))
}

var place = Place{Owner: "postgres", BinDir: "/usr/lib/postgresql/15/bin", SocketDir: "/run/postgresql", Port: 5432}

func TestAsk(t *testing.T) {
	world := &pretender{answer: func(sql string) string {
		if sql == "SELECT bad" {
			return `!42703 column "bad" does not exist`
		}
		return fmt.Sprintf("[%q]\n", sql)
	}}
	s, err := Open(t.Context(), world, place, `it's a "db" \`)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Ask(t.Context(), "SELECT 1", "SELECT bad", "SELECT\n2")
	if err != nil {
		t.Fatal(err)
	}
	want := []Reply{
		{Rows: [][]string{{"SELECT 1"}}},
		{Err: &Error{Server: "db1", State: "42703", Message: `column "bad" does not exist`}},
		{Rows: [][]string{{"SELECT\n2"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	cmd := world.commands[0]
	args := []string{"/usr/lib/postgresql/15/bin", "/run/postgresql", "5432", `it\'s a "db" \\`}
	if diff := cmp.Diff(args, cmd.Args); diff != "" {
		t.Error(diff)
	}
	if cmd.As != "postgres" || !cmd.ReadOnly {
		t.Errorf("psql runs as %q, read-only %v", cmd.As, cmd.ReadOnly)
	}
}

func TestAskMoreThanThePipesHold(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	world := &pretender{answer: func(sql string) string { return `["` + long + "\"]\n" }}
	s, err := Open(t.Context(), world, place, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	statements := make([]string, 10)
	for i := range statements {
		statements[i] = "SELECT '" + long + "'"
	}
	got, err := s.Ask(t.Context(), statements...)
	if err != nil || len(got) != 10 || got[9].Rows[0][0] != long {
		t.Fatalf("%d replies, error %v", len(got), err)
	}
}

func TestOpenRefused(t *testing.T) {
	_, err := Open(t.Context(), &pretender{dies: `psql: error: FATAL:  database "shop" does not exist`}, place, "shop")
	var failed *remote.ExitError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), `database "shop" does not exist`) {
		t.Fatalf("error %v", err)
	}
}

func TestCancelEndsTheStatementOnTheServer(t *testing.T) {
	world := &pretender{
		terminated: make(chan struct{}),
		hangs:      func(sql string) bool { return strings.Contains(sql, "slow") },
	}
	s, err := Open(t.Context(), world, place, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Ask(ctx, "SELECT slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want the context's", err)
	}
	if _, err := s.Ask(t.Context(), "SELECT 1"); err == nil {
		t.Error("a session that was cut answers again: a late answer would be taken for the next one")
	}
	s.Close()
	select {
	case <-world.terminated:
	default:
		t.Fatal("the statement was left running")
	}
	if want := "pid = 4711 AND extract(epoch FROM backend_start)::text = '1000.5'"; s.backend != want {
		t.Errorf("ended %s, want %s", s.backend, want)
	}
}

func TestServerGoesAway(t *testing.T) {
	world := &pretender{terminated: make(chan struct{}), hangs: func(sql string) bool { return strings.Contains(sql, "slow") }}
	s, err := Open(t.Context(), world, place, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	close(world.terminated)
	_, err = s.Ask(t.Context(), "SELECT slow", "SELECT 2")
	if err == nil || !strings.Contains(err.Error(), "terminating connection") {
		t.Fatalf("error %v", err)
	}
}
