// Command capture takes down what real servers answer to the inspection in every state that a replica can be in, for
// the tests: go run ./internal/engine/postgresql/pgtest/capture --suite bookworm.
//
// It boots two servers of its own, leads them from state to state with Belt's own plans, and writes the answers below
// testdata/postgresql/MAJOR, with documentation addresses in the place of the lab's.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/dbbelt/belt/internal/lab"
)

func main() {
	suite := flag.String("suite", "bookworm", "Debian suite of the servers")
	dir := flag.String("to", "testdata/postgresql", "folder to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := capture(ctx, *suite, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		stop()
		os.Exit(1)
	}
}

func capture(ctx context.Context, suite, dir string) (err error) {
	scratch, err := os.MkdirTemp("", "belt-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	l, err := lab.Up(ctx, lab.Spec{Name: "capture-" + suite, Suite: suite, Dir: scratch, Servers: []lab.ServerSpec{
		{App: "shop", Name: "db1", Kind: lab.PostgreSQL, Open: true},
		{App: "shop", Name: "db2", Kind: lab.PostgreSQL, Open: true},
	}}, os.Stderr)
	if err != nil {
		return err
	}
	defer l.Down(context.WithoutCancel(ctx))
	s, err := newScene(ctx, l, dir)
	if err != nil {
		return err
	}
	return s.play(ctx)
}
