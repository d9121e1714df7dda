//go:build lab

package scenarios

import (
	"strings"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

const smallLimit = "client-output-buffer-limit replica 1mb 512kb 1\nrepl-backlog-size 1mb"

// flood writes about a megabyte a second to db1, in small portions, until the returned function is called.
func (f *forms) flood() (end func()) {
	f.t.Helper()
	labtest.Exec(f.t, f.db1, `cat >/root/flood.lua <<-END
		for i = 1, 20 do redis.call('SET', 'flood:' .. i, string.rep('x', 10000) .. math.random()) end
		END
		nohup setsid sh -c 'echo $$ >/run/flood.pid; while :; do "$1-cli" -a "$2" --no-auth-warning EVAL "$(cat /root/flood.lua)" 0; sleep 0.2; done' sh "$1" "$2" >/dev/null 2>&1 &`,
		f.kind, lab.Password)
	return func() { labtest.Exec(f.t, f.db1, `kill -- "-$(cat /run/flood.pid)"`) }
}

// smallBuffer: what is written while the copy is made is more than the primary keeps for a replica. Belt makes that larger for
// as long as it takes.
func (f *forms) smallBuffer() {
	f.begin(smallLimit, "")
	labtest.Fill(f.t, f.db1, 40)
	before := f.setting(f.db1, "client-output-buffer-limit")
	f.throttle(30) // more than is written goes through, or the replica falls behind for good
	end := f.flood()
	f.enable("--replica", "db2")
	end()
	if after := f.setting(f.db1, "client-output-buffer-limit"); after != before {
		f.t.Errorf("client-output-buffer-limit was %q and is %q", before, after)
	}
	if n := f.info(f.db1, "sync_full"); n != "1" {
		f.t.Errorf("the copy was begun %s times", n)
	}
	f.verify(true)
	f.goes()
}

// overrun: somebody makes it small again while the copy is made. Each copy breaks off, or the link does after it; Belt gives up,
// says why, and puts back what was there.
func (f *forms) overrun() {
	f.begin(smallLimit, "")
	labtest.Fill(f.t, f.db1, 40)
	defer f.flood()()
	p := f.slowly()
	f.cli(f.db1, "CONFIG", "SET", "client-output-buffer-limit", "replica 100000 0 0")
	f.cli(f.db1, "CONFIG", "SET", "repl-backlog-size", "100000") // since 7.0 the limit is no less than that
	r := p.Result(1)
	if !strings.Contains(r.Error, "output buffer limits") || !strings.Contains(r.Error, "rolled back") {
		f.t.Errorf("%s", r.Ended)
	}
	if got := f.cli(f.db2, "GET", "one"); got != "db2" {
		f.t.Errorf("db2 has %q", got)
	}
}

// info is a field of INFO.
func (f *forms) info(s *lab.Server, name string) string {
	f.t.Helper()
	for line := range strings.Lines(f.cli(s, "INFO", "all")) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return value
		}
	}
	return ""
}
