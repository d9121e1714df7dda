package mysql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/replication"
)

// target tests what concerns one would-be replica and its primary.
func (c *checker) target(p, t replication.Facts) {
	if !c.Identity(instanceOf(p), instanceOf(t)) {
		return
	}
	c.Free(instanceOf(p), instanceOf(t), feeds(t))
	c.version(p, t)
	c.dump(p, t)
	c.Arch(p, t)
	c.layout(p, t)
	c.tools(p, t)
	c.plugins(p, t)
	c.code(p, t)
	c.filters(t)
	c.place(t)
	c.replicaOptions(t)
	c.admin(p, t)
	c.clients(t)
	c.disk(p, t)
	c.logs(p)
	c.Memory(p, t)
	c.port(p, t)
	c.Clock(p, t)
}

// feeds are the servers that read the binary log of a would-be replica.
func feeds(t replication.Facts) []string {
	var out []string
	for _, d := range nativeOf(t).Dumps {
		out = append(out, strings.SplitN(d.Host, ":", 2)[0])
	}
	return out
}

// version tests that the target's program can use the primary's files, or follow it.
func (c *checker) version(p, t replication.Facts) {
	if c.engine.flavour == mySQL {
		c.mysqlVersion(p, t)
		return
	}
	pv, tv := nativeOf(p).version, nativeOf(t).version
	ok, why := pv.series() == tv.series(), "a physical copy needs the same series"
	if ok && tv.before(pv) {
		c.Warn("version", t.Node.Label, "%s is older than the primary's %s: what is new there may not replicate", tv, pv)
	}
	c.Add("version", t.Node.Label, ok, fmt.Sprintf("install %s %s on %s", c.engine.flavour.title(), pv.series(), t.Node.Label),
		"%s, the primary has %s%s", t.Version, p.Version, replica.Choose(ok, "", ": "+why))
	if silentFull(tv) {
		c.Warn("version", t.Node.Label, "mariadb-backup %s may call a copy complete although the disk was full (MDEV-38562); Belt counts the bytes itself", tv)
	}
}

// silentFull tells whether mariadb-backup has MDEV-38562.
func silentFull(v version) bool {
	for _, fixed := range []version{{10, 6, 26}, {10, 11, 17}, {11, 4, 11}, {11, 8, 7}} {
		if v.series() == fixed.series() {
			return v.before(fixed)
		}
	}
	return v.before(version{11, 8, 7})
}

// layout tests what two data folders have to have in common and Belt cannot set.
func (c *checker) layout(p, t replication.Facts) {
	pn, tn := nativeOf(p), nativeOf(t)
	if !t.Running {
		return
	}
	for _, name := range []string{"lower_case_table_names", "innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory"} {
		want, have := pn.value(name), tn.value(name)
		elsewhere := strings.HasPrefix(want, "/") && !strings.HasPrefix(want, pn.DataDir)
		if name == "lower_case_table_names" && want != have || elsewhere {
			c.Add("build", t.Node.Label, false, "set it alike on both servers, within the data folder", "%s is %q, the primary has %q", name, have, want)
		}
	}
}

func (c *checker) tools(p, t replication.Facts) {
	for _, f := range []replication.Facts{p, t} {
		n := nativeOf(f)
		if n.Client == "" {
			c.Add("tools", f.Node.Label, false, "install the client package", "neither of the clients mariadb and mysql is there")
			continue
		}
		c.Add("tools", f.Node.Label, len(n.Missing) == 0, "apt install mariadb-backup", "%s",
			replica.Choose(len(n.Missing) == 0, replica.Choose(c.engine.flavour == mariaDB, "mariadb-backup, mbstream", n.Client), "missing: "+strings.Join(n.Missing, ", ")))
	}
}

// plugins tests that the target can load what the primary's accounts and tables use. The list of plug-ins is part of the
// copy, the libraries are not.
func (c *checker) plugins(p, t replication.Facts) {
	ps, ts := nativeOf(p).survey, nativeOf(t).survey
	if ps == nil || ts == nil || !t.Running {
		return
	}
	var lacking []string
	for _, want := range ps.Plugins {
		if !slices.ContainsFunc(ts.Plugins, func(have plugin) bool { return have.Name == want.Name }) && want.Name != "clone" {
			lacking = append(lacking, want.Name+" ("+want.Library+")")
		}
	}
	if len(lacking) > 0 {
		c.Warn("plugins", t.Node.Label, "loaded on %s only: %s; see that their libraries are installed here, too", p.Node.Label, strings.Join(lacking, ", "))
	}
}

// code tells of triggers and events, which came about on the primary already.
func (c *checker) code(p, t replication.Facts) {
	s := nativeOf(p).survey
	if s == nil {
		return
	}
	if s.Triggers > 0 {
		// MariaDB's option, by which a replica runs triggers for changes of rows, too.
		runs := strings.ToUpper(nativeOf(t).value("slave_run_triggers_for_rbr"))
		c.Add("triggers", t.Node.Label, runs == "" || runs == "NO", "set slave_run_triggers_for_rbr = NO", "%s on %s%s", count(s.Triggers, "trigger"), p.Node.Label,
			replica.Choose(runs == "" || runs == "NO", ": a replica has what they did", ", and slave_run_triggers_for_rbr is "+runs+": what they did would be done twice"))
	}
	if len(s.Events) > 0 {
		c.Add("events", t.Node.Label, true, "", "%s on %s: a replica does not run them", count(len(s.Events), "event"), p.Node.Label)
	}
}

// count is a number of things in words.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// replicaOptions tests that nothing wins over the options of a replica.
func (c *checker) replicaOptions(t replication.Facts) {
	n := nativeOf(t)
	for _, o := range c.engine.newMaking(c.Req, t).replicaOptions() {
		if value, by := n.fixed(o.name); t.Running && by != "" && !sameValue(value, o.value) {
			c.Add("options", t.Node.Label, false, unfix(o.name, by), "%s is %q, set by %s, which wins over every file", o.name, value, by)
		}
	}
}

// fixed is what sets an option and is read after all files, and to what: the command line, or what SET PERSIST wrote. Empty for
// a file.
func (n *native) fixed(name string) (value, by string) {
	s := n.Settings[name]
	switch {
	case strings.HasPrefix(s.Source, "command"): // MySQL: command_line
		return s.Value, "the command line"
	case s.Persisted != nil && n.on("persisted_globals_load"):
		return *s.Persisted, "SET PERSIST"
	}
	return "", ""
}

// unfix says how an option is made one that a file can set.
func unfix(name, by string) string {
	if by == "SET PERSIST" {
		return "RESET PERSIST " + name
	}
	return "take it out of the unit's command line"
}

// place tests that Belt's file of options has a place, and that a folder beside the data folder may be used.
func (c *checker) place(t replication.Facts) {
	n, label := nativeOf(t), t.Node.Label
	c.Add("drop-in", label, n.DropIns != "", "put a line !includedir into "+orElse(n.MainFile, "/etc/mysql/my.cnf"), "%s",
		replica.Choose(n.DropIns != "", n.dropIn(), "no file of options includes a folder for more"))
	if n.Later != "" {
		c.Warn("drop-in", label, "read after Belt's own file: %s; what they set wins", n.Later)
	}
	if n.AppArmor != "" && c.engine.flavour == mySQL {
		c.Add("apparmor", label, false,
			fmt.Sprintf("add these lines to /etc/apparmor.d/local/usr.sbin.mysqld, then reload it: %s.belt-*/ r, %s.belt-*/** rwk, and skip this check", n.DataDir, n.DataDir),
			"the profile %s keeps the server from a folder beside its data folder", n.AppArmor)
	}
	if s := n.survey; s != nil && s.Links != "" {
		c.Warn("links", label, "symbolic links in the data folder: %s; what they lead to stays where it is", s.Links)
	}
}

// admin tells that the accounts of the copy are the primary's.
func (c *checker) admin(p, t replication.Facts) {
	a, b := p.Node.Settings.AdminUser, t.Node.Settings.AdminUser
	switch {
	case a == b && a == "":
		c.Add("accounts", t.Node.Label, true, "", "root through the socket; the primary's accounts come with the copy")
	case a == b:
		c.Add("accounts", t.Node.Label, true, "", "%s; its password becomes the primary's", a)
	default:
		c.Add("accounts", t.Node.Label, false, fmt.Sprintf("make account %s on %s, with the same password, and skip this check", orElse(b, "root with unix_socket"), p.Node.Label),
			"Belt logs in as %s here and as %s on %s, and the accounts of the copy are the primary's", orElse(b, "root"), orElse(a, "root"), p.Node.Label)
	}
}

// clients tests that nobody changes the data that is about to be set aside.
func (c *checker) clients(t replication.Facts) {
	n := nativeOf(t)
	if !t.Running || t.Replica || n.ReadOnly {
		return
	}
	writing := 0
	for _, cl := range n.Clients {
		if cl.Writing {
			writing++
		}
	}
	changed := 0.0
	if n.survey != nil {
		changed = n.survey.Writes
	}
	// Without a session it is the server's own work.
	c.Add("clients", t.Node.Label, writing == 0 && (changed == 0 || len(n.Clients) == 0), "stop what writes there: its data is set aside",
		"%d sessions, %d of them writing, %.0f changes within 0.6 s", len(n.Clients), writing, changed)
}

// port tests that the replica reaches the primary's port, or will, and how the copy gets there.
func (c *checker) port(p, t replication.Facts) {
	opens := slices.ContainsFunc(primaryChanges(c.Req).list, func(s optionChange) bool { return s.name == "bind_address" || s.name == "skip_networking" })
	c.Port(p, t, opens)
	if c.engine.flavour == mySQL && whyDump(p, t) == "" {
		return
	}
	path, _ := c.Req.Links[t.Node.Key()].Native.(transfer.Path)
	switch path.Way {
	case "":
		c.Add("stream", t.Node.Label, false, "see that Belt may run programs in /var/lib/belt on both servers", "no way for the copy: %s", path.Detail)
	case transfer.Relayed:
		c.Warn("stream", t.Node.Label, "%s (%s)", path.Describe(p.Node.Label, t.Node.Label), path.Detail)
	default:
		c.Add("stream", t.Node.Label, true, "", "%s", path.Describe(p.Node.Label, t.Node.Label))
	}
}
