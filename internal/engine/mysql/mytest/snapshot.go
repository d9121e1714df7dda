package mytest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

var (
	runs   = regexp.MustCompile(`\brun\d+\b`)
	number = regexp.MustCompile(`-\d+$`)
	begins = regexp.MustCompile(`,"(begins|known)":"[^"]*"`)
)

// Snapshot is all that has to come back when a plan is undone: files, data, options, what runs and who follows whom. The
// ids of runs, the time of day and passwords are made even; so are the numbers of transactions, of which a change and
// its undo leave two.
func (w *World) Snapshot() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, s := range w.servers {
		s.replicate()
		even := s.even()
		for path, f := range s.Files {
			key := even(s.key() + " " + path)
			switch {
			case f.Folder && strings.HasPrefix(path, "/var/lib/belt"), strings.HasSuffix(path, "/binlog.000001"):
				// Belt's own folders stay; a server makes its logs by itself.
			case f.Data != nil:
				d := f.Data.(*data)
				out[key] = fmt.Sprint(d.made, " ", s.ownRows(d), " accounts ", s.proofs(d), " events ", d.events, " plug-ins ", d.plugins, follows(d))
			case strings.HasSuffix(path, ".cnf") && strings.HasPrefix(path, "/var/lib/belt"):
				out[key] = "a password"
			case strings.HasSuffix(path, ".crt"), strings.HasSuffix(path, ".key"):
				out[key] = "a certificate"
			case strings.HasSuffix(path, "binlog_info"):
				out[key] = "a position"
			default:
				out[key] = even(machinetest.Timeless(begins.ReplaceAllString(f.Content, "")))
			}
		}
		for id := range s.Jobs {
			out[s.key()+" job "+id] = "there"
		}
		if s.running != nil {
			out[s.key()+" runs"] = s.describe()
		}
	}
	return out
}

// even replaces the ids of runs: those whose data is kept by letters in their order, and others by one word.
func (s *Server) even() func(string) string {
	var kept []string
	for path := range s.Files {
		if id := runs.FindString(path); id != "" && !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	slices.SortFunc(kept, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return func(text string) string {
		return runs.ReplaceAllStringFunc(text, func(id string) string {
			if i := slices.Index(kept, id); i >= 0 {
				return fmt.Sprintf("RUN-%c", 'A'+i)
			}
			return "RUN"
		})
	}
}

// ownRows are the rows that a replica did not get from its primary: how far it came is no matter of a plan.
func (s *Server) ownRows(d *data) []string {
	if d.channel == nil {
		return d.rows
	}
	p := s.world.at(d.channel.host)
	if p == nil || p.data() == nil {
		return d.rows
	}
	return slices.DeleteFunc(slices.Clone(d.rows), func(row string) bool { return slices.Contains(p.data().rows, row) })
}

func (s *Server) proofs(d *data) []string {
	var list []string
	for _, account := range slices.Sorted(maps.Keys(d.accounts)) {
		list = append(list, account+" "+d.grants[account]+" "+number.ReplaceAllString(strings.Join(strings.Fields(d.accounts[account])[1:], " "), ""))
	}
	return list
}

func follows(d *data) string {
	if d.channel == nil {
		return ""
	}
	return " follows " + d.channel.host + " as " + d.channel.user
}

// describe says what a running instance does.
func (s *Server) describe() string {
	settings := map[string]string{}
	for name, text := range s.world.defaults() {
		if now := s.running.settings[name]; now.text != text {
			settings[name] = now.text
		}
	}
	state := ""
	if c := s.running.data.channel; c != nil {
		state = "replica of nobody, "
		if p, why := s.source(); why == nil && c.running {
			state = "replica of " + p.key() + ", "
		}
	}
	return state + machinetest.JSON(settings)
}
