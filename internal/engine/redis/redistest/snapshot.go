package redistest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// Snapshot is all that has to come back when a plan is undone: files, data, settings, what runs and who follows whom. The
// ids of runs and the time of day are made even, and instead of a password it says whether it opens the door.
func (w *World) Snapshot() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, s := range w.servers {
		put := func(name, value string) {
			out[machinetest.Even(s.key()+" "+name)] = machinetest.Even(value)
		}
		for _, p := range sorted(s.files) {
			text := s.files[p]
			switch {
			case p == s.rdb() && s.running != nil: // what runs has it in memory
			case strings.HasPrefix(text, "RDB"):
				put(p, s.onDisk(p, text))
			case strings.HasSuffix(p, ".key"):
				put(p, "a key")
			case strings.HasPrefix(text, "-----BEGIN CERTIFICATE"), strings.HasPrefix(text, "\n-----BEGIN CERTIFICATE"):
				put(p, "a certificate")
			default:
				put(p, secretless(machinetest.Timeless(text)))
			}
		}
		if s.running == nil {
			put("instance", "stopped")
			continue
		}
		put("instance", s.describe())
	}
	return out
}

// onDisk says what a dump holds. Where in the stream it stands is nothing that an undo brings back.
func (s *Server) onDisk(string, text string) string {
	marks := slices.Sorted(slices.Values(parseData(text).marks))
	return fmt.Sprintf("%q", marks)
}

var secrets = regexp.MustCompile(`(?m)^(masterauth |user \S+ on ).*$`)

// secretless puts the lines of Belt's file, and those of its users, into one order, without what is random in them.
func secretless(text string) string {
	text = secrets.ReplaceAllString(text, "${1}…")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if strings.HasPrefix(text, "# Written by belt") {
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	mine := func(line string) bool { return strings.HasPrefix(line, "user belt_") }
	users := slices.Sorted(func(yield func(string) bool) {
		for _, l := range lines {
			if mine(l) && !yield(l) {
				return
			}
		}
	})
	for i := range lines {
		if mine(lines[i]) {
			lines[i], users = users[0], users[1:]
		}
	}
	return strings.Join(lines, "\n")
}

// describe says what a running instance does.
func (s *Server) describe() string {
	i := s.running
	var settings []string
	defaults := s.world.defaults()
	for _, name := range sorted(i.settings) {
		if v := i.settings[name]; v != defaults[name] && name != "masterauth" {
			settings = append(settings, name+"="+v)
		}
	}
	role := "primary"
	if i.master != "" {
		role = "replica of nobody"
		if p, err := s.reach(i); err == nil && i.linked {
			role = "replica at " + i.master + " of a server with " + fmt.Sprint(len(p.marks)) + " marks"
		}
	}
	marks := slices.Sorted(slices.Values(i.marks))
	return fmt.Sprintf("%s, keys %q, users %v, with %s", role, marks, sorted(i.users), strings.Join(settings, "; "))
}
