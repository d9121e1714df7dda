package redis

import (
	"slices"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/pkg/plan"
)

// look is what enabling db2 finds, after a change of what the servers said.
func look(t *testing.T, version string, change func(p, r *native, s *scene)) []plan.Check {
	t.Helper()
	s := newScene(t, version, commandEnable, "db2")
	if change == nil {
		return s.engine.Check(s.request())
	}
	req := s.request()
	change(nativeOf(*req.Topology.Primary), nativeOf(req.Targets[0]), s)
	req.Options = s.options
	return s.engine.Check(req)
}

// says is a line of a configuration.
func says(n *native, line string) {
	n.Conf = append(n.Conf, conf.Parse([]string{"/etc/redis/more.conf\t7\t" + line})...)
}

func TestOrdinaryServersPass(t *testing.T) {
	for _, r := range releases {
		if r.flavour != Redis {
			continue
		}
		for _, c := range look(t, r.version, nil) {
			if !c.OK && !c.Warning {
				t.Errorf("%s: %+v", r.version, c)
			}
		}
	}
}

func TestChecks(t *testing.T) {
	const no, passes, warns = "no", "passes", "warns"
	for name, test := range map[string]struct {
		change                    func(p, r *native, s *scene)
		check, server, ends, says string
	}{
		"a node of a cluster":   {func(p, r *native, s *scene) { p.Info["cluster_enabled"] = "1" }, "mode", "db1", no, "makes its own replicas"},
		"Sentinel on the host":  {func(p, r *native, s *scene) { p.Sentinel = true }, "mode", "db1", no, "Sentinel watches it"},
		"Sentinel is connected": {func(p, r *native, s *scene) { p.survey.Clients = []client{{"name": "sentinel-1f2e-cmd"}} }, "mode", "db1", no, "Sentinel watches it"},
		"the target's Sentinel": {func(p, r *native, s *scene) { r.Sentinel = true }, "mode", "db2", no, "Sentinel watches it"},

		"nothing is kept on disk": {func(p, r *native, s *scene) { p.Settings["save"] = "" }, "persistence", "db1", no, "when it restarts it is empty"},
		"an append-only file":     {func(p, r *native, s *scene) { p.Settings["save"], p.Settings["appendonly"] = "", "yes" }, "persistence", "db1", passes, "append-only file"},

		"a command by another name": {func(p, r *native, s *scene) {
			says(p, "rename-command CONFIG a8f2")
			says(r, "rename-command CONFIG b7")
		}, "commands", "db1", passes, "under other names: CONFIG"},
		"names may differ there": {func(p, r *native, s *scene) { says(p, "rename-command CONFIG a8f2") }, "renames", "db2", "none", ""},
		"a command that is gone": {func(p, r *native, s *scene) { says(p, `rename-command ACL ""`) }, "commands", "db1", no, "took away ACL"},
		"PSYNC by another name":  {func(p, r *native, s *scene) { says(p, "rename-command PSYNC x") }, "commands", "db1", no, "took away PSYNC"},
		"names that travel":      {func(p, r *native, s *scene) { says(p, "rename-command FLUSHALL x1") }, "renames", "db2", no, "FLUSHALL"},

		"a limit that is ignored": {func(p, r *native, s *scene) {
			p.Info["used_memory"], r.Settings["maxmemory"] = "2000000000", "1000000000"
		}, "maxmemory", "db2", no, "as a primary it would not"},
		"a limit that counts": {func(p, r *native, s *scene) {
			p.Info["used_memory"], r.Settings["maxmemory"], r.Settings["replica-ignore-maxmemory"] = "2000000000", "1000000000", "no"
		}, "maxmemory", "db2", no, "would drop keys by itself"},
		"eviction": {func(p, r *native, s *scene) {
			r.Settings["maxmemory"], r.Settings["replica-ignore-maxmemory"], r.Settings["maxmemory-policy"] = "9000000000", "no", "allkeys-lru"
		}, "eviction", "db2", no, "allkeys-lru"},
		"too little memory":       {func(p, r *native, s *scene) { p.Info["used_memory"] = "90000000000" }, "memory-free", "db2", no, "needs"},
		"no memory for the fork":  {func(p, r *native, s *scene) { p.Info["used_memory_rss"], p.survey.Available = "8000000000", 1<<20 }, "fork", "db1", no, "forks"},
		"the kernel may refuse":   {func(p, r *native, s *scene) { p.survey.Overcommit, p.Info["used_memory_rss"] = 0, "8000000000" }, "overcommit", "db1", no, "vm.overcommit_memory is 0"},
		"a busy primary":          {func(p, r *native, s *scene) { p.survey.PerSecond = 900e6 }, "buffers", "db1", no, "may need"},
		"a short backlog":         {func(p, r *native, s *scene) { p.survey.PerSecond = 1e6 }, "backlog", "db1", warns, "--keep-wal"},
		"an older replica":        {func(p, r *native, s *scene) { p.release = release{Redis, 800} }, "version", "db2", no, "as new as its primary"},
		"Valkey under Redis 7.4":  {func(p, r *native, s *scene) { p.release, r.release = release{Redis, 704}, release{Valkey, 801} }, "version", "db2", no, "its format is 12"},
		"Valkey under Redis 7.2":  {func(p, r *native, s *scene) { p.release, r.release = release{Redis, 702}, release{Valkey, 801} }, "version", "db2", passes, ""},
		"Redis under Valkey 9":    {func(p, r *native, s *scene) { p.release, r.release = release{Valkey, 901}, release{Redis, 800} }, "version", "db2", no, "its format is 80"},
		"fixed in the unit":       {func(p, r *native, s *scene) { r.Arguments = "--replica-read-only no" }, "settings", "db2", no, "fixed on the server's command line"},
		"set by an included file": {func(p, r *native, s *scene) { says(r, "replica-read-only no") }, "config", "db2", passes, "replica-read-only is set by /etc/redis/more.conf:7"},
		"no configuration file":   {func(p, r *native, s *scene) { r.Config = "" }, "config", "db2", no, "nothing that is set would outlive a restart"},
		"writes on the target":    {func(p, r *native, s *scene) { r.survey.Writes = 3 }, "clients", "db2", no, "3 changes"},
		"another password":        {func(p, r *native, s *scene) { r.PasswordID = "other" }, "password", "db2", warns, "is not the primary's"},
		"min-replicas-to-write":   {func(p, r *native, s *scene) { p.Settings["min-replicas-to-write"] = "2" }, "writes", "db1", warns, "refuses writes"},
		"only a socket": {func(p, r *native, s *scene) { p.Port, p.Socket = 0, "/run/redis/redis.sock" }, "tls", "db2", passes,
			"opens port 6380 for TLS, with a certificate that belt makes; it has no plain port, only /run/redis/redis.sock"},
		"only TLS, with certificates": {func(p, r *native, s *scene) { p.Port, p.Settings["tls-port"] = 0, "6390" }, "tls", "db1", no, "wants a certificate of every client"},
		"only TLS": {func(p, r *native, s *scene) {
			p.Port, p.Settings["tls-port"], p.Settings["tls-auth-clients"] = 0, "6390", "optional"
		}, "tls", "db2", passes, "through the TLS port 6390"},
	} {
		t.Run(name, func(t *testing.T) {
			list := look(t, "7.0.15", test.change)
			i := slices.IndexFunc(list, func(c plan.Check) bool { return c.Name == test.check && c.Server == test.server })
			if i < 0 {
				if test.ends != "none" {
					t.Errorf("no check %s on %s: %+v", test.check, test.server, list)
				}
				return
			}
			c := list[i]
			ends := map[bool]string{true: passes, false: no}[c.OK]
			if c.Warning {
				ends = warns
			}
			if ends != test.ends || !strings.Contains(c.Detail, test.says) || ends == no && c.Hint == "" {
				t.Errorf("want that it %s and says %q: %+v", test.ends, test.says, c)
			}
		})
	}
}
