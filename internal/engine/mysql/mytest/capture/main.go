// Command capture takes down what real servers answer to the inspection in every state that a replica can be in, for the
// tests: go run ./internal/engine/mysql/mytest/capture -engine mysql -suite sid.
//
// It boots two servers of its own, leads them from state to state with Belt's own plans, and writes the answers below
// testdata/mysql, with documentation addresses in the place of the lab's.
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
	engine := flag.String("engine", "mariadb", "mariadb or mysql")
	suite := flag.String("suite", "bookworm", "Debian suite of the servers")
	dir := flag.String("to", "testdata/mysql", "folder to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := capture(ctx, lab.Kind(*engine), *suite, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		stop()
		os.Exit(1)
	}
}

func capture(ctx context.Context, engine lab.Kind, suite, dir string) error {
	scratch, err := os.MkdirTemp("", "belt-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	// As Debian installs them, but for a port that is open.
	open := "bind-address = 0.0.0.0\n"
	l, err := lab.Up(ctx, lab.Spec{Name: "capture-" + string(engine) + "-" + suite, Suite: suite, Dir: scratch, Servers: []lab.ServerSpec{
		{App: "shop", Name: "db1", Kind: engine, Settings: open},
		{App: "shop", Name: "db2", Kind: engine, Settings: open},
	}}, os.Stderr)
	if err != nil {
		return err
	}
	defer l.Down(context.WithoutCancel(ctx))
	return newScene(l, engine, dir).play(ctx)
}
