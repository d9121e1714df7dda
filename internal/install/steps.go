package install

import (
	"context"
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// Job is an engine to put on a server.
type Job struct {
	Name    string // of the instance, "postgresql-5432"
	Label   string // of the server, in messages
	Product string
	Needs   replication.Needs
	Primary replication.Host
	// Server is the way there; it may be known only once the server was made.
	Server func() (remote.Runner, error)
}

// Steps are what puts the engine on the server.
func (j Job) Steps() []plan.Step {
	steps := []plan.Step{j.begin()}
	if len(j.locales()) > 0 {
		steps = append(steps, j.withLocales())
	}
	steps = append(steps, j.packages())
	if j.Needs.Tuning.File != "" && len(j.Needs.Tuned) > 0 {
		steps = append(steps, j.tune())
	}
	return steps
}

func (j Job) note() string       { return NoteFile(j.Name) }
func (j Job) localeNote() string { return j.note() + ".locales" }

// run runs a script as root.
func (j Job) run(ctx context.Context, title, script string, args ...string) error {
	r, err := j.Server()
	if err == nil && r != nil {
		_, err = r.Run(ctx, replica.AsRoot(title, script, args...))
	}
	return err
}

func (j Job) step(id, title string, commands []string) plan.Step {
	return plan.Step{ID: id + "." + j.Label, Server: j.Label, Title: title, Commands: commands}
}

// begin notes that what is installed from now on is this run's.
func (j Job) begin() plan.Step {
	s := j.step("begin-install", "note that Belt installs here", []string{"touch " + j.note()})
	s.Do = func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, s.Title, `mkdir -p "$(dirname "$1")" && rm -f "$1.done" "$2.done" && touch "$1"`, j.note(), j.localeNote())
	}
	s.Undo = plan.Undoable("remove the note", func(ctx context.Context, _ plan.Progress) error {
		// What could not be taken away stays noted, for the next run.
		return j.run(ctx, "remove the note", `[ -s "$1" ] || rm -f "$1"`, j.note())
	})
	return s
}

// Finish is the step that makes what was installed the server's own.
func (j Job) Finish() plan.Step {
	s := j.step("end-install", "note that the server is complete", []string{"mv " + j.note() + " " + j.note() + ".done"})
	s.Do = func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, s.Title, renameScript("", ".done"), j.note(), j.localeNote())
	}
	s.Undo = plan.Undoable("note again that Belt installs here", func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, "note it again", renameScript(".done", ""), j.note(), j.localeNote())
	})
	return s
}

// renameScript renames the notes that are there.
func renameScript(from, to string) string {
	return `for f in "$@"; do [ ! -e "$f` + from + `" ] || mv -f -- "$f` + from + `" "$f` + to + `"; done`
}

// locales are the lines of locale.gen that are needed; C and POSIX are everywhere.
func (j Job) locales() []string {
	var out []string
	for _, l := range j.Needs.Locales {
		name, _, _ := strings.Cut(l, "@")
		if l == "" || name == "C" || name == "POSIX" || strings.HasPrefix(name, "C.") {
			continue
		}
		_, charset, ok := strings.Cut(name, ".")
		switch {
		case !ok:
			charset = "ISO-8859-1"
		case strings.EqualFold(strings.ReplaceAll(charset, "-", ""), "utf8"):
			charset = "UTF-8"
			l = strings.Replace(l, name, name[:strings.IndexByte(name, '.')]+".UTF-8", 1)
		}
		out = append(out, l+" "+charset)
	}
	return out
}

func (j Job) withLocales() plan.Step {
	lines := j.locales()
	s := j.step("locales", "make the locales of the primary", []string{"apt-get install locales", "locale-gen " + strings.Join(lines, ", ")})
	s.Do = func(ctx context.Context, report plan.Progress) error {
		if err := j.get(ctx, report, []replication.Package{{Name: "locales"}}); err != nil {
			return err
		}
		report(0, 0, "generating "+strings.Join(lines, ", "))
		return j.run(ctx, s.Title, localesScript, append([]string{j.localeNote()}, lines...)...)
	}
	s.Undo = plan.Undoable("take them away", func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, "take the locales away", noLocalesScript, j.localeNote())
	})
	return s
}

func (j Job) packages() plan.Step {
	var names []string
	for _, p := range j.Needs.Packages {
		names = append(names, p.Name)
	}
	s := j.step("install", "install "+j.Needs.Product, []string{"apt-get update", "apt-get install " + strings.Join(names, " ")})
	s.Do = func(ctx context.Context, report plan.Progress) error { return j.get(ctx, report, j.Needs.Packages) }
	s.Undo = plan.Undoable("purge the packages that are new", func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, "purge what was installed", purgeScript, j.note())
	})
	return s
}

// get installs packages in their series, or says what there is instead.
func (j Job) get(ctx context.Context, report plan.Progress, packages []replication.Package) error {
	r, err := j.Server()
	if err != nil {
		return err
	}
	wanted := j.Needs
	wanted.Packages = packages
	m, err := Look(ctx, r, wanted, j.Name)
	if err != nil || m.Has(wanted) {
		return err
	}
	if m.Apt {
		report(0, 0, "fetching the package lists")
		if err := j.run(ctx, "fetch the package lists", updateScript); err != nil {
			return err
		}
		if m, err = Look(ctx, r, wanted, j.Name); err != nil {
			return err
		}
	}
	if missing := m.Missing(wanted); missing != "" {
		return fmt.Errorf("%s: %s", j.Label, missing)
	}
	args := []string{j.note()}
	for _, p := range packages {
		o := m.Packages[p.Name]
		if v := o.choose(p.Series); v != "" && v != o.Candidate && !fits(o.Installed, p.Series) {
			args = append(args, p.Name+"="+v)
		} else {
			args = append(args, p.Name)
		}
	}
	report(0, 0, "installing "+strings.Join(args[1:], ", "))
	return j.run(ctx, "install "+j.Needs.Product, installScript, args...)
}

// tune writes what the primary has tuned, scaled, and makes the instance use it.
func (j Job) tune() plan.Step {
	t := j.Needs.Tuning
	var names []string
	for _, one := range j.Needs.Tuned {
		line := one.Name + " = " + one.Value
		if one.Bytes > 0 {
			line += ", scaled to the server's memory"
		}
		names = append(names, line)
	}
	s := j.step("tune", "tune it as the primary is tuned", append([]string{"write " + t.File}, names...))
	s.Do = func(ctx context.Context, _ plan.Progress) error {
		r, err := j.Server()
		if err != nil {
			return err
		}
		m, err := Look(ctx, r, replication.Needs{Data: "/"}, j.Name)
		if err != nil {
			return err
		}
		text := t.Render(Scale(j.Needs.Tuned, j.Primary, m.Host, t.Bytes))
		if err := remote.WriteFile(ctx, r, "root", t.File, []byte(text), remote.Attr{Mode: 0o644}); err != nil {
			return err
		}
		return j.run(ctx, s.Title, t.Apply, t.File)
	}
	s.Undo = plan.Undoable("remove "+t.File, func(ctx context.Context, _ plan.Progress) error {
		return j.run(ctx, "remove the tuning", "f=$1\n[ -e \"$f\" ] || exit 0\nrm -f -- \"$f\"\n"+t.Revert, t.File)
	})
	return s
}
