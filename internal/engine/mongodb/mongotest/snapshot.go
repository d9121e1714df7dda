package mongotest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica/machinetest"
	"github.com/dbbelt/belt/pkg/yamltext"
)

// Snapshot is all that has to come back when a plan is undone: files, data, settings, what runs, who is a member of what.
// The ids of runs and the time of day are made even, and so are random keys.
func (w *World) Snapshot() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, s := range w.servers {
		put := func(name, value string) {
			out[machinetest.Even(s.key()+" "+name)] = machinetest.Even(value)
		}
		for _, p := range slices.Sorted(maps.Keys(s.files)) {
			f := s.files[p]
			switch {
			case f.store != nil:
				put(p, w.describe(f.store))
			case f.folder:
			case p == Conf:
				put(p, described(f.content))
			case strings.HasSuffix(p, "-key"):
				put(p, fmt.Sprintf("a key, %s of %s", f.mode, f.owner))
			default:
				put(p, machinetest.Timeless(f.content))
			}
		}
		put("mongod", s.describe())
	}
	return out
}

// described are a configuration's settings: where a line stands makes no difference.
func described(conf string) string {
	settings, err := yamltext.ReadSettings(conf)
	if err != nil {
		return conf
	}
	return machinetest.JSON(settings.All())
}

// describe says what is in a data folder. A secondary's that can go on with its primary is described as that: how far it
// came is nothing that an undo brings back.
func (w *World) describe(s *store) string {
	for _, p := range w.members() {
		c := p.store.config
		if p.state == primary && p.store != s && s.config != nil && c.Setting.ReplicaSetID == s.config.Setting.ReplicaSetID && s.synced &&
			slices.ContainsFunc(p.store.oplog, func(e entry) bool { return e.at == s.applied }) {
			return "data of " + s.origin + ", a secondary's"
		}
	}
	return s.describe()
}

// describe says what is in a data folder. The keys with which a set signs its time stay behind in every mongod that was a
// member once, and do nothing there.
func (s *store) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data of %s", s.origin)
	for _, db := range s.names() {
		for _, name := range slices.Sorted(maps.Keys(s.databases[db].collections)) {
			c := s.databases[db].collections[name]
			if db+"."+name == "admin.system.keys" {
				continue
			}
			fmt.Fprintf(&b, "; %s.%s: %d indexes, %s", db, name, len(c.indexes), sorted(c.docs))
		}
	}
	if s.config != nil {
		fmt.Fprintf(&b, "; set %s", s.config.ID)
		members := slices.Clone(s.config.Members)
		slices.SortFunc(members, func(a, b configMember) int { return strings.Compare(a.Host, b.Host) })
		for _, m := range members {
			fmt.Fprintf(&b, ", %s with priority %v and %d votes", m.Host, m.priority(), m.votes())
		}
		fmt.Fprintf(&b, "; oplog of %v MB", s.oplogMB)
	}
	return b.String()
}

// describe says what mongod does.
func (s *Server) describe() string {
	if s.run == nil {
		return "stopped"
	}
	role := "standalone"
	if s.run.set != "" {
		role = stateNames[s.run.state]
	}
	return role + " with " + machinetest.JSON(s.run.options)
}
