// Package install puts an engine on a fresh server, from the server's own package sources, and tunes it as the primary is
// tuned.
//
// What it installs is noted on the server before it is installed, so that a failure, of this run or of one that was
// killed, takes away that and nothing else.
package install

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/look.sh
	lookScript string
	//go:embed scripts/update.sh
	updateScript string
	//go:embed scripts/install.sh
	installScript string
	//go:embed scripts/purge.sh
	purgeScript string
	//go:embed scripts/locales.sh
	localesScript string
	//go:embed scripts/nolocales.sh
	noLocalesScript string
)

// Machine is what a server that is to get a database said of itself.
type Machine struct {
	Host       replication.Host
	Disk, Free int64 // bytes of the file system that the data will be on
	Apt        bool
	Packages   map[string]Offer
	Offers     []string // packages that there are instead
	Locales    []string // as locale -a names them: "de_DE.utf8"
	Unfinished bool     // a run began to install here and did not end
}

// Offer is what a server's package sources have of a package.
type Offer struct {
	Installed string
	Candidate string
	Versions  []string
}

// NoteFile is where a server keeps what a run installs for the instance called name.
func NoteFile(name string) string { return "/var/lib/belt/install." + name }

// Look asks a server what it has and what it offers. Reads only.
func Look(ctx context.Context, r remote.Runner, needs replication.Needs, name string) (Machine, error) {
	args := []string{needs.Data, needs.Offers, NoteFile(name)}
	for _, p := range needs.Packages {
		args = append(args, p.Name)
	}
	asked := time.Now()
	result, err := r.Run(ctx, replica.Look("look at the server", replica.HostScript+lookScript, args...))
	if err != nil {
		return Machine{}, err
	}
	a, err := replica.ParseAnswer(result.Stdout)
	if err != nil {
		return Machine{}, fmt.Errorf("%s: %w", r.Server(), err)
	}
	m := Machine{
		Host: a.Host(asked, time.Now()), Disk: a.Int("disk"), Free: a.Int("free"), Apt: a.Get("manager") == "apt",
		Packages: map[string]Offer{}, Offers: strings.Fields(a.Get("offers")), Locales: strings.Fields(a.Get("locales")),
		Unfinished: a.Is("unfinished"),
	}
	for _, line := range a["package"] {
		if f := strings.Split(line, "|"); len(f) == 4 {
			m.Packages[f[0]] = Offer{Installed: f[1], Candidate: f[2], Versions: strings.Fields(f[3])}
		}
	}
	return m, nil
}

// Has tells whether every package is there in its series: nothing is to be installed.
func (m Machine) Has(needs replication.Needs) bool {
	return !slices.ContainsFunc(needs.Packages, func(p replication.Package) bool { return !fits(m.Packages[p.Name].Installed, p.Series) })
}

// HasMain tells whether the server program itself is there, in whatever version.
func (m Machine) HasMain(needs replication.Needs) bool {
	return len(needs.Packages) > 0 && m.Packages[needs.Packages[0].Name].Installed != ""
}

// Missing says which packages the server's sources do not have, and what they offer instead; empty for none.
func (m Machine) Missing(needs replication.Needs) string {
	if !m.Apt {
		return fmt.Sprintf("it has no apt: install %s there by hand, and run the command again", needs.Product)
	}
	var missing []string
	for _, p := range needs.Packages {
		o := m.Packages[p.Name]
		if fits(o.Installed, p.Series) || o.choose(p.Series) != "" {
			continue
		}
		text := p.Name
		if p.Series != "" {
			text += " " + p.Series
		}
		switch {
		case o.Installed != "":
			text += ": " + o.Installed + " is installed"
		case len(o.Versions) > 0:
			text += ": offered is " + strings.Join(o.Versions, ", ")
		default:
			text += ": not offered"
		}
		missing = append(missing, text)
	}
	if len(missing) == 0 {
		return ""
	}
	text := "its package sources lack " + strings.Join(missing, "; ")
	if len(m.Offers) > 0 {
		text += "; they offer " + strings.Join(m.Offers, ", ")
	}
	return text
}

// Blank tells whether the server's package lists may be empty, as on an image that nobody updated yet: then nothing can be
// said before they are fetched.
func (m Machine) Blank(needs replication.Needs) bool {
	for _, p := range needs.Packages {
		if o := m.Packages[p.Name]; o.Candidate != "" && o.Installed == "" {
			return false
		}
	}
	return m.Apt && len(m.Offers) == 0
}

// choose is the version to install, the candidate where that fits; empty for none.
func (o Offer) choose(series string) string {
	for _, v := range append([]string{o.Candidate}, o.Versions...) {
		if fits(v, series) {
			return v
		}
	}
	return ""
}

// fits tells whether a package's version belongs to a series: "1:10.11.6-0+deb12u1" to "10.11".
func fits(version, series string) bool {
	if version == "" {
		return false
	}
	if _, upstream, epoch := strings.Cut(version, ":"); epoch {
		version = upstream
	}
	rest, begins := strings.CutPrefix(version, series)
	return series == "" || begins && (rest == "" || strings.ContainsAny(rest[:1], ".-+~"))
}
