// Command bench prints what Belt costs over doing the same by hand, as ratios measured side by side in one run.
//
//	go run ./internal/lab/bench [-engine redis] [-size MB] [-rounds N] [-push 50,200] [-only copy,status,verify,push,resync,promote]
//
// Each row runs Belt and its rival in turn on the same servers with the same data, and prints the median of the ratios
// and their spread. Absolute times on shared machines mean nothing, and no time is asserted: this is no test.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/dbbelt/belt/internal/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	belt   string
	engine lab.Kind
	suite  string
	size   int // MB of data
	rounds int
	push   []int // numbers of app servers
	only   map[string]bool
	keep   bool
}

func parse() (options, error) {
	o := options{only: map[string]bool{}}
	flag.StringVar(&o.belt, "belt", "bin/belt", "the program to measure")
	engine := flag.String("engine", string(lab.PostgreSQL), "the database")
	flag.StringVar(&o.suite, "suite", "", "the servers' Debian; empty for the engine's usual one")
	flag.IntVar(&o.size, "size", 500, "MB of data on the primary")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each side runs")
	push := flag.String("push", "50,200", "numbers of app servers to push variables to")
	only := flag.String("only", "copy,status,verify,resync,promote,push", "what to measure")
	flag.BoolVar(&o.keep, "keep", false, "leave the servers up")
	flag.Parse()
	var err error
	if o.engine, err = lab.ParseEngine(*engine); err != nil {
		return o, err
	}
	o.suite = cmp.Or(o.suite, o.engine.DefaultSuite())
	for _, n := range strings.Split(*push, ",") {
		count, err := strconv.Atoi(n)
		if err != nil {
			return o, fmt.Errorf("-push %s: %w", *push, err)
		}
		o.push = append(o.push, count)
	}
	for _, name := range strings.Split(*only, ",") {
		o.only[name] = true
	}
	return o, nil
}

func run(ctx context.Context) error {
	o, err := parse()
	if err != nil {
		return err
	}
	rivals := ""
	if o.engine == lab.PostgreSQL && o.only["promote"] {
		rivals = "repmgr sudo"
	}
	spec := lab.Spec{Name: "bench", Suite: o.suite, Dir: ".lab/bench", Servers: []lab.ServerSpec{
		{App: "shop", Name: "web1", Kind: lab.Web, Client: o.engine},
		{App: "shop", Name: "db1", Kind: o.engine, Open: true, Packages: rivals},
		{App: "shop", Name: "db2", Kind: o.engine, Open: true, Packages: rivals},
	}}
	l, err := lab.Up(ctx, spec, os.Stderr)
	if err != nil {
		return err
	}
	if !o.keep {
		defer l.Down(context.WithoutCancel(ctx))
	}
	b := &bench{options: o, lab: l, db1: l.Server("shop", "db1"), db2: l.Server("shop", "db2")}
	rows := []struct {
		name string
		run  func(context.Context) error
	}{{"status", b.status}, {"copy", b.copy}, {"verify", b.verify}, {"resync", b.resync}, {"promote", b.promote}, {"push", b.push}}
	if err := b.fill(ctx); err != nil {
		return err
	}
	for _, row := range rows {
		if !o.only[row.name] {
			continue
		}
		if err := row.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", row.name, err)
		}
	}
	return nil
}
