package ops

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/dbbelt/belt/internal/install"
	"github.com/dbbelt/belt/internal/provider"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// look asks the primary what the new server needs, and the server, where there is one, what it has.
func (up *scaling) look(ctx context.Context, t replication.Topology) (err error) {
	up.primary = *t.Primary
	if up.needs, err = up.engine.Needs(ctx, up.primary); err != nil {
		return err
	}
	own, err := install.Look(ctx, up.primary.Node.Runner, replication.Needs{Data: up.needs.Data}, up.instance)
	if err != nil {
		return err
	}
	up.disk = own.Disk
	up.wish.Version, up.wish.Cores, up.wish.Memory, up.wish.Disk = up.primary.Version, up.primary.Host.Cores, up.primary.Host.Memory, own.Disk
	if up.made != nil {
		return nil
	}
	r, err := up.runner()
	if err != nil {
		return err
	}
	up.machine, err = install.Look(ctx, r, up.needs, up.instance)
	return err
}

// checks are the preconditions that can be tested before the server has its database; those of enable follow when it has.
func (up *scaling) checks() []plan.Check {
	t := up.target
	backups := plan.Check{Name: "backups", OK: t.App.Backups.Server != "", Detail: "are kept on " + t.App.Backups.Server}
	if !backups.OK {
		backups.Skipped = up.o.WithoutBackups
		backups.Detail = "app " + t.App.Name + " has no backups configured: a replica is none, what is deleted on the primary is deleted there, too"
		backups.Hint = "write backups: into belt.yaml, or go on with --without-backups"
	}
	checks := []plan.Check{backups}
	if up.made != nil {
		return checks
	}
	size := plan.Check{Name: "size", Server: up.server.Name, Detail: up.machine.Describe()}
	less := up.machine.Smaller(up.primary.Host, up.disk, up.needs)
	if size.OK = less == ""; !size.OK {
		size.Detail, size.Hint = "clearly smaller than the primary: "+less, "take a bigger server, or go on with --skip-check size"
	}
	checks = append(checks, size)
	switch {
	case up.machine.HasMain(up.needs):
		return append(checks, plan.Check{Name: "packages", Server: up.server.Name, OK: true, Detail: up.needs.Product + " is installed already"})
	case up.machine.Blank(up.needs):
		return append(checks, plan.Check{Name: "packages", Server: up.server.Name, OK: true, Detail: "its package lists are fetched first"})
	}
	packages := plan.Check{Name: "packages", Server: up.server.Name, OK: true, Vital: true, Detail: up.needs.Product + " is offered"}
	if missing := up.machine.Missing(up.needs); missing != "" {
		packages.OK, packages.Detail = false, missing
		packages.Hint = "add the package source that the primary has, or take a server of the primary's distribution"
	}
	return append(checks, packages)
}

// enableNote says what comes after the steps that are shown.
func (up *scaling) enableNote() string {
	text := fmt.Sprintf("then, with the checks and steps of belt db replicate enable, which are planned when %s is there: copy the data to %s, prove it, "+
		"add it to belt.yaml and to the variables", up.needs.Product, up.server.Name)
	if up.made != nil {
		return text + "; when any of it fails, the provider is asked to destroy " + up.server.Name
	}
	return text
}

// program is a provider as it is run.
func (s *Session) program(p inventory.Provider) *provider.Program {
	return &provider.Program{Name: p.Name, Command: p.Command, Dir: dirOf(s.Inventory.Path)}
}

var numbered = regexp.MustCompile(`^(.*?)([0-9]+)$`)

// nextName is the next in the row of the database's servers: db3 after db1 and db2.
func nextName(t inventory.Target) string {
	stem, last := t.Database.Servers[0]+"-", 1
	for _, name := range t.Database.Servers {
		if m := numbered.FindStringSubmatch(name); m != nil {
			n, err := strconv.Atoi(m[2])
			if err == nil && (stem == t.Database.Servers[0]+"-" || m[1] == stem && n > last) {
				stem, last = m[1], n
			}
		}
	}
	for {
		last++
		name := stem + strconv.Itoa(last)
		if server, err := t.App.Server(name); err != nil || server.Provider != "" && !slices.Contains(t.Database.Servers, name) {
			return name
		}
	}
}

func isEdit(err error) (*inventory.EditError, bool) { return errors.AsType[*inventory.EditError](err) }
