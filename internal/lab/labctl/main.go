// Command labctl boots and removes labs by hand: go run ./internal/lab/labctl.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/dbbelt/belt/internal/lab"
)

const usage = `labctl boots real servers to try Belt on.

  labctl images [--engine E] [--suite S]              build the images that are missing
  labctl up     [--engine E] [--suite S] [--size MB]  boot shop and shop-eu; about MB of data on shop/db1
  labctl down   [--all]                               remove the lab, or every lab on this machine
  labctl reset  [APP/SERVER …]                        new servers in the place of these, or of all
  labctl write  [--table T] [--local]                 write to shop/db1 from web1, or from db1 itself, until interrupted,
                                                      then say what was refused or lost
  labctl size                                         how much data shop/db1 has
  labctl suites [--engine E]                          the suites that have the engine, the usual one first
  labctl status                                       what runs

All take --name NAME (default: play) and --dir FOLDER (default: .lab/NAME).
Engines: postgresql (the default), redis, valkey, mariadb, mysql, and mongodb
with the mongod that BELT_LAB_MONGOD names. The suite is
bookworm, or the oldest that has the engine: trixie for valkey, sid for mysql.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "labctl:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	name, dir, suite string
	engine           lab.Kind
	size             int
	table            string
	all, local       bool
	args             []string
}

func run(ctx context.Context, args []string) error {
	commands := map[string]func(context.Context, options) error{
		"images": images, "up": up, "down": down, "reset": reset, "write": write, "status": status,
		"size": size, "suites": suites,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("want a command")
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flags.StringVar(&o.name, "name", "play", "")
	flags.StringVar(&o.dir, "dir", "", "")
	flags.StringVar(&o.suite, "suite", "", "")
	engine := flags.String("engine", string(lab.PostgreSQL), "")
	flags.IntVar(&o.size, "size", 0, "")
	flags.BoolVar(&o.all, "all", false, "")
	flags.StringVar(&o.table, "table", "", "")
	flags.BoolVar(&o.local, "local", false, "")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	var err error
	if o.engine, err = lab.ParseEngine(*engine); err != nil {
		return err
	}
	o.suite = cmp.Or(o.suite, o.engine.DefaultSuite())
	o.args = flags.Args()
	return commands[args[0]](ctx, o)
}

func images(ctx context.Context, o options) error {
	return lab.Images(ctx, o.engine, o.suite, os.Stderr)
}

func up(ctx context.Context, o options) error {
	l, err := lab.Up(ctx, lab.Standard(o.engine, o.name, o.suite, o.dir), os.Stderr)
	if err != nil {
		return err
	}
	if o.size > 0 {
		if err := l.Server("shop", "db1").Fill(ctx, o.size); err != nil {
			return err
		}
	}
	fmt.Printf("belt.yaml:  %s\nto log in:  ssh -i %s -o UserKnownHostsFile=%s deploy@%s\n",
		l.Inventory(), l.Identity(), l.KnownHosts(), l.Server("shop", "db1").External)
	return nil
}

func down(ctx context.Context, o options) error {
	if o.all {
		return lab.DownAll(ctx)
	}
	l, err := lab.Open(ctx, o.name, o.dir, os.Stderr)
	if err != nil {
		return lab.Down(ctx, o.name) // what a broken run may have left
	}
	return l.Down(ctx)
}

func reset(ctx context.Context, o options) error {
	l, err := lab.Open(ctx, o.name, o.dir, os.Stderr)
	if err != nil {
		return err
	}
	servers, err := l.Find(o.args...)
	if err != nil {
		return err
	}
	if err := l.Reset(ctx, servers...); err != nil {
		return err
	}
	return l.WriteInventory(l.Inventory())
}

// write lets somebody else see that a primary takes writes all the time.
func write(ctx context.Context, o options) error {
	l, err := lab.Open(ctx, o.name, o.dir, os.Stderr)
	if err != nil {
		return err
	}
	primary := l.Server("shop", "db1")
	write := lab.WriterOptions{Table: o.table, From: l.Server("shop", "web1")}
	if o.local {
		write.From = nil
	}
	writer, err := lab.StartWriter(ctx, primary, write)
	if err != nil {
		return err
	}
	fmt.Println("writing")
	<-ctx.Done()
	writes := writer.Stop()
	lost, err := writer.Lost(context.WithoutCancel(ctx), primary)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d lost\n", writes, len(lost))
	for _, text := range writes.Errors {
		fmt.Println("  " + text)
	}
	if len(lost) > 0 {
		return fmt.Errorf("lost %d rows that the primary had acknowledged", len(lost))
	}
	return nil
}

func size(ctx context.Context, o options) error {
	l, err := lab.Open(ctx, o.name, o.dir, os.Stderr)
	if err != nil {
		return err
	}
	bytes, err := l.Server("shop", "db1").DataSize(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d MB\n", bytes>>20)
	return nil
}

func suites(_ context.Context, o options) error {
	fmt.Println(strings.Join(o.engine.Suites(), " "))
	return nil
}

func status(ctx context.Context, _ options) error {
	states, err := lab.List(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join([]string{"LAB", "SUITE", "SERVER", "KIND", "ADDRESS", "INTERNAL", "STATE"}, "\t"))
	for _, s := range states {
		fmt.Fprintln(table, strings.Join([]string{s.Lab, s.Suite, s.ID(), string(s.Kind), s.External.String(), s.Internal.String(), s.State}, "\t"))
	}
	return table.Flush()
}
