package pgtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// Snapshot is all that has to come back when a plan is undone: files, data, settings, what runs and who follows whom.
// The ids of runs and the time of day are made even, and instead of a password it says whether it opens the door.
func (w *World) Snapshot() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, s := range w.servers {
		put := func(name, value string) {
			out[machinetest.Even(s.key()+" "+name)] = machinetest.Even(value)
		}
		for _, p := range sorted(s.Files) {
			f := s.Files[p]
			switch {
			case f.Data != nil:
				c := f.Data.(*cluster)
				folder := strings.TrimSuffix(p, "/"+control)
				put(folder, c.describe(w.ahead(c), s.Files.Has(folder+"/standby.signal")))
			case f.Folder:
			case strings.HasSuffix(p, ".pgpass"):
				put(p, w.opens(f.Content))
			case strings.HasSuffix(p, "/"+autoConf):
				put(p, machinetest.JSON(confLines(f.Content)))
			case p == s.HBA():
				put(p, inOrder(f.Content))
			case strings.HasSuffix(p, "/server.key"):
				put(p, "a key")
			case strings.HasPrefix(f.Content, "-----BEGIN CERTIFICATE"):
				put(p, "a certificate")
			default:
				put(p, machinetest.Timeless(f.Content))
			}
		}
		for id, j := range s.Jobs {
			put("job "+id, j.State)
		}
		if s.running == nil {
			put("instance", "stopped")
			continue
		}
		put("instance", s.describe())
	}
	return out
}

// ahead is the running primary of the same system, nil when there is none.
func (w *World) ahead(c *cluster) *cluster {
	for _, s := range w.servers {
		if s.running != nil && !s.running.recovery && s.running.cluster != c && c.follows(s.running.cluster) {
			return s.running.cluster
		}
	}
	return nil
}

// describe says what is in a data folder. A standby that could go on with its primary is described as that: how far it
// came is nothing that an undo brings back.
func (c *cluster) describe(primary *cluster, standby bool) string {
	if standby && primary != nil {
		return "system " + c.system + ", a standby's"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "system %s, timeline %d, written by %v, rows %q, tablespaces %v", c.system, c.timeline, c.own, c.catalog.marks, c.catalog.spaces)
	for _, name := range sorted(c.catalog.roles) {
		r := c.catalog.roles[name]
		fmt.Fprintf(&b, "; role %s (%s) with %v", name, r.comment, r.grants)
	}
	for _, name := range sorted(c.slots) {
		if !c.slots[name].lost { // one that is lost is as good as none
			fmt.Fprintf(&b, "; slot %s", name)
		}
	}
	return b.String()
}

// describe says what a running instance does.
func (s *Server) describe() string {
	settings := map[string]string{}
	for name, value := range s.world.defaults() {
		if now := s.running.settings[name]; now.value != value {
			settings[name] = now.value
		}
	}
	role := "primary"
	if s.running.recovery {
		role = "standby of nobody"
		if p, _ := s.upstream(); p != nil {
			role = "standby of " + p.key()
		}
	}
	return role + " with " + machinetest.JSON(settings)
}

// opens tells which roles the passwords of a passfile open.
func (w *World) opens(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		for _, s := range w.servers {
			if c := s.cluster(); c != nil && len(f) == 5 && c.catalog.roles[f[3]] != nil && w.verifies(c.catalog.roles[f[3]].verifier, f[4]) {
				out = append(out, "opens "+f[3]+" on "+s.key())
			}
		}
	}
	return strings.Join(out, ", ")
}

// inOrder puts the lines of Belt's into one order: which replica's come first makes no difference.
func inOrder(hba string) string {
	var own, others []string
	for line := range strings.Lines(hba) {
		if strings.Contains(line, "# belt:") && len(others) == 0 {
			own = append(own, line)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(own)
	return strings.Join(append(own, others...), "")
}
