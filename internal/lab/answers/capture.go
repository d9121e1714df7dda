// Package answers takes down what real servers of a lab answer to Belt, for tests that need no servers.
package answers

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/pkg/replication"
)

// Capture is an engine's part of the program that takes down what its servers answer to the inspection.
type Capture struct {
	Products []Product      // the usual one first
	To       string         // the folder, below testdata
	Server   lab.ServerSpec // how both servers are set up

	// Release is a version's folder in To.
	Release func(p Product, version string) string
	// Neutral takes from a server's answer what differs at every capture and no test looks at; nil where there is nothing.
	Neutral func(server int, text string) string
	// States lead the servers from one state to the next, and look there.
	States func(*Scene) []func(context.Context) error
}

// Product is one that an engine's program can boot.
type Product struct {
	Kind   lab.Kind
	Title  string // in the title of the inspection
	Engine replication.Engine
}

// Series is the Release of products whose versions are told apart by two numbers: redis-7.0.
func (p Product) Series(version string) string {
	numbers := strings.SplitN(version, ".", 3)
	return string(p.Kind) + "-" + strings.Join(numbers[:min(2, len(numbers))], ".")
}

// Main is the program.
func (c Capture) Main() {
	var kinds []string
	for _, p := range c.Products {
		kinds = append(kinds, string(p.Kind))
	}
	engine := flag.String("engine", kinds[0], strings.Join(kinds, " or "))
	suite := flag.String("suite", "", "Debian suite of the servers; the engine's usual one where none is given")
	dir := flag.String("to", c.To, "folder to write to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := c.run(ctx, *engine, *suite, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		stop()
		os.Exit(1)
	}
}

// run boots db1 and db2, leads them through every state, and takes them down.
func (c Capture) run(ctx context.Context, engine, suite, dir string) error {
	product, err := c.product(engine)
	if err != nil {
		return err
	}
	if suite == "" {
		suite = product.Kind.DefaultSuite()
	}
	scratch, err := os.MkdirTemp("", "belt-capture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	spec := lab.Spec{Name: "capture-" + engine + "-" + suite, Suite: suite, Dir: scratch}
	for _, name := range []string{"db1", "db2"} {
		server := c.Server
		server.App, server.Name, server.Kind = "shop", name, product.Kind
		spec.Servers = append(spec.Servers, server)
	}
	l, err := lab.Up(ctx, spec, os.Stderr)
	if err != nil {
		return err
	}
	defer l.Down(context.WithoutCancel(ctx))
	s, err := c.scene(ctx, l, product, dir)
	if err != nil {
		return err
	}
	for _, state := range c.States(s) {
		if err := state(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c Capture) product(kind string) (Product, error) {
	for _, p := range c.Products {
		if string(p.Kind) == kind {
			return p, nil
		}
	}
	return Product{}, fmt.Errorf("%s is none of this engine's", kind)
}
