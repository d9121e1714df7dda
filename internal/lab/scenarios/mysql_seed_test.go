//go:build lab

package scenarios

import (
	"strings"
	"syscall"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// cutAtAChunk is a mariadb-backup whose stream ends between two chunks, and which calls that a success: what mbstream takes
// for a whole one.
const cutAtAChunk = `set -e
real=$(readlink -f "$(command -v mariadb-backup)")
mv "$real" "$real.real"
cat >"$real" <<END
#!/bin/bash
case " \$* " in *" --backup "*) ;; *) exec "$real.real" "\$@" ;; esac
set -o pipefail
"$real.real" "\$@" | perl /usr/local/lib/cut.pl
END
chmod 755 "$real"
cat >/usr/local/lib/cut.pl <<'END'
binmode STDIN; binmode STDOUT;
my $sent = 0;
sub take { my $n = shift; my $b = ""; while (length($b) < $n) { read(STDIN, my $part, $n - length($b)) or exit; $b .= $part } return $b }
while (1) {
	my $chunk = take(8 + 1 + 1 + 4);
	my $path = take(unpack("V", substr($chunk, 10, 4)));
	$chunk .= $path;
	if (substr($chunk, 9, 1) eq "P") {
		my $head = take(8 + 8 + 4);
		$chunk .= $head . take(unpack("Q<", substr($head, 0, 8)));
	}
	print $chunk if $sent < 8 << 20;
	$sent += length $chunk;
}
END
`

// A stream that is cut between two chunks is not a whole one, whatever the tools say.
func TestStreamCutAtAChunk(t *testing.T) {
	only(t, lab.MariaDB)
	w := newWorld(t, 40, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	labtest.Exec(t, w.db1, cutAtAChunk)
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	by := labtest.Exec(t, w.db1, `rm -rf /tmp/cut && mkdir /tmp/cut && mariadb-backup --backup --stream=xbstream --target-dir=/tmp/cut 2>/tmp/cut.log | mbstream -x -C /tmp/cut && echo taken
		tail -n 1 /tmp/cut.log | grep -o 'completed OK!'; [ -e /tmp/cut/xtrabackup_binlog_info ] || [ -e /tmp/cut/mariadb_backup_binlog_info ] || echo cut; rm -rf /tmp/cut /tmp/cut.log`)
	if by != "taken\ncompleted OK!\ncut" {
		t.Fatalf("the tools by themselves: %q", by)
	}
	writer := w.writer()
	r := w.belt.Do(t, 1, "db", "replicate", "enable", shop, "--replica", "db2")
	if !strings.Contains(r.Error, "it is not whole") || !strings.Contains(r.Error, "rolled back") {
		t.Errorf("%s", r.Ended)
	}
	w.rolledBack(before, own, writer)
}

// The primary's binary logs are purged behind the copy, before the replica asks for them.
func TestLogsPurgedInMidSeed(t *testing.T) {
	only(t, lab.MariaDB, lab.MySQL)
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1")
	w.ownData(w.db2)
	own := checksum(t, w.db2)
	before := labtest.StateOf(t, w.db1, w.db2, w.web1)
	writer := w.writer()
	p := w.belt.StartHooked(t, func(p *labtest.Process, e labtest.Event) {
		if e.Kind == "done" && e.IsStep("seed") {
			p.Signal(syscall.SIGSTOP)
		}
	}, "db", "replicate", "enable", shop, "--replica", "db2", "--yes", "-o", "json")
	p.AwaitStep("done", "seed")
	w.LoseLog(t, w.db1, w.db2)
	p.Signal(syscall.SIGCONT)
	r := p.Result(1)
	if !strings.Contains(r.Error, "binary log") || !strings.Contains(r.Error, "for longer, then run the command again") || !strings.Contains(r.Error, "rolled back") {
		t.Errorf("%s", r.Ended)
	}
	w.rolledBack(before, own, writer)
	writer = w.writer()
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}
