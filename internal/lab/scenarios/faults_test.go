//go:build lab

package scenarios

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/labtest"
)

// Each fault is seen by the servers, and goes away again.

// reaches reports whether a TCP connection from one server to an address opens
// within two seconds.
func reaches(t *testing.T, from *lab.Server, address, port string) bool {
	t.Helper()
	out := labtest.Exec(t, from, `timeout 2 bash -c ': < /dev/tcp/$1/$2' bash "$1" "$2" 2>/dev/null && echo yes || echo no`, address, port)
	return out == "yes"
}

func do(t *testing.T, fault func(context.Context) error) {
	t.Helper()
	if err := fault(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLabNetworkFaults(t *testing.T) {
	l := labtest.Fresh(t, "shop/db1", "shop/db2")
	db1, db2 := l.Server("shop", "db1"), l.Server("shop", "db2")
	internal, external := db1.Internal.String(), db1.External.String()
	check := func(when string, wantInternal, wantExternal bool) {
		t.Helper()
		if got := reaches(t, db2, internal, "5432"); got != wantInternal {
			t.Errorf("%s: db2 reaches db1 over the internal network: %v", when, got)
		}
		if got := reaches(t, db2, external, "5432"); got != wantExternal {
			t.Errorf("%s: db2 reaches db1 over the external network: %v", when, got)
		}
	}
	check("before", true, true)

	do(t, func(ctx context.Context) error { return db1.Disconnect(ctx, lab.Internal) })
	check("off the internal network", false, true)
	do(t, func(ctx context.Context) error { return db1.Connect(ctx, lab.Internal) })
	check("back on the internal network", true, true)

	do(t, func(ctx context.Context) error { return db2.Cut(ctx, db1) })
	check("cut", false, false)
	if !reaches(t, db1, db1.External.String(), "22") {
		t.Error("cut from db2: db1 does not reach itself")
	}
	if _, err := db2.SSH(t.Context(), "deploy", "true"); err != nil {
		t.Errorf("cut from db1: db2 is away from the operator too: %v", err)
	}
	do(t, db2.Heal)
	check("healed", true, true)

	do(t, func(ctx context.Context) error { return db1.BlockPort(ctx, 5432) })
	check("port blocked", false, false)
	if !reaches(t, db2, external, "22") {
		t.Error("with port 5432 blocked, port 22 is too")
	}
	do(t, db1.Heal)
	check("port open again", true, true)

	do(t, db1.Pause)
	if sshAnswers(t, db1) {
		t.Error("a paused server answers")
	}
	do(t, db1.Unpause)
	do(t, db1.WaitReady)
}

func sshAnswers(t *testing.T, server *lab.Server) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := server.SSH(ctx, "deploy", "true")
	return err == nil
}

func TestLabSlowLink(t *testing.T) {
	l := labtest.Fresh(t, "shop/db1", "shop/db2")
	db1, db2 := l.Server("shop", "db1"), l.Server("shop", "db2")
	// 2 MB take 1.6 s at 10 Mbit/s and next to nothing otherwise.
	transfer := func() time.Duration {
		start := time.Now()
		labtest.Exec(t, db2, `PGPASSWORD=$2 psql -XqAt -h "$1" -U "$3" -d "$4" -c "SELECT repeat(md5(random()::text), 65536)" >/dev/null`,
			db1.Internal.String(), lab.Password, lab.User, lab.Database)
		return time.Since(start)
	}
	fast := transfer()
	do(t, func(ctx context.Context) error { return db1.Slow(ctx, lab.Internal, 10) })
	slow := transfer()
	do(t, func(ctx context.Context) error { return db1.Unslow(ctx, lab.Internal) })
	again := transfer()
	if slow < 1200*time.Millisecond || slow < fast+time.Second || slow < again+time.Second {
		t.Errorf("2 MB take %v, %v at 10 Mbit/s, and %v afterwards", fast, slow, again)
	}
}

func TestLabPowerCut(t *testing.T) {
	db1 := labtest.Fresh(t, "shop/db1").Server("shop", "db1")
	writer := labtest.Writer(t, db1, lab.WriterOptions{})
	key, err := db1.HostKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(t, db1.Kill)
	if _, err := db1.Exec(t.Context(), "true"); err == nil {
		t.Fatal("a killed server runs commands")
	}
	do(t, db1.Start)
	do(t, db1.WaitReady)
	waitForMore(t, writer)
	writes := labtest.NothingLost(t, writer, db1)
	if writes.Refused == 0 {
		t.Errorf("a power cut went unseen: %s", writes)
	}
	if now := labtest.Exec(t, db1, "cut -d' ' -f1,2 /etc/ssh/ssh_host_*_key.pub"); now != strings.Join(key, "\n") {
		t.Error("the host keys changed over the boot")
	}
	do(t, db1.Restart)
}

func TestLabSmallDisk(t *testing.T) {
	const mb = 600
	server := lab.ServerSpec{App: "shop", Name: "db1", Kind: labtest.Engine(), DiskMB: mb}
	if server.Kind == lab.PostgreSQL {
		server.Checksums, server.Settings = true, "work_mem = 5MB\n"
	}
	spec := lab.Spec{Name: labtest.Name() + "-small", Suite: labtest.Suite(), Dir: t.TempDir(), Servers: []lab.ServerSpec{server}}
	l := labtest.FreshSpec(t, spec)
	down := sync.OnceValue(func() error { return l.Down(context.Background()) })
	t.Cleanup(func() {
		if err := down(); err != nil {
			t.Error(err)
		}
	})
	db1, kit := l.Server("shop", "db1"), labtest.KitOf(labtest.Engine())
	disk := db1.Kind.DataDisk()
	free := func() int {
		n, err := strconv.Atoi(labtest.Exec(t, db1, `df --output=avail -B 1M "$1" | tail -n 1 | tr -d ' '`, disk))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if db1.Kind == lab.PostgreSQL {
		if settings := labtest.PSQL(t, db1, "SELECT current_setting('data_checksums'), current_setting('work_mem'), current_setting('listen_addresses')"); settings != "on|5MB|localhost" {
			t.Errorf("data_checksums|work_mem|listen_addresses: %s", settings)
		}
	}
	before := free()
	if before <= 0 || before >= mb {
		t.Fatalf("%d MB free on a disk of %d MB", before, mb)
	}
	do(t, func(ctx context.Context) error { return db1.FillDisk(ctx, disk, 30) })
	if left := free(); left < 25 || left > 30 {
		t.Errorf("filled: %d MB free, want 30", left)
	}
	if out := labtest.Exec(t, db1, `head -c 60M /dev/zero 2>&1 > "$1/big" || :; ls -s --block-size 1M "$1/big"; rm "$1/big"`, disk); strings.HasPrefix(out, "60 ") {
		t.Errorf("60 MB on a disk with 30 MB free: %s", out)
	}
	do(t, func(ctx context.Context) error { return db1.FreeDisk(ctx, disk) })
	do(t, db1.WaitDatabase)
	kit.OwnData(t, db1)
	labtest.Systemctl(t, db1, "stop") // what is in memory only is written, too
	if kit.HasOwnData(t, db1) {
		t.Error("a stopped database answers")
	}
	labtest.Systemctl(t, db1, "start")
	do(t, db1.WaitDatabase)
	do(t, db1.Kill)
	do(t, db1.Start)
	do(t, db1.WaitReady)
	if !kit.HasOwnData(t, db1) {
		t.Error("after a power cut the disk has lost what was on it")
	}

	if left := leftOf(t, spec.Name); len(left) < 4 { // container, volumes, networks, loop device
		t.Fatalf("a lab that is up consists of %q", left)
	}
	if err := down(); err != nil {
		t.Fatal(err)
	}
	if left := leftOf(t, spec.Name); len(left) > 0 {
		t.Errorf("a lab that is down leaves %q", left)
	}
	if _, err := os.Stat(l.Identity()); !os.IsNotExist(err) {
		t.Errorf("the key: %v", err)
	}
}

// leftOf lists what of a lab is on this machine.
func leftOf(t *testing.T, name string) []string {
	t.Helper()
	var left []string
	for _, list := range [][]string{{"ps", "-a", "--format", "container {{.Names}}"}, {"volume", "ls", "--format", "volume {{.Name}}"}, {"network", "ls", "--format", "network {{.Name}}"}} {
		out, err := exec.CommandContext(t.Context(), "docker", append(list, "--filter", "label=belt.lab="+name)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })...)
	}
	loops, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		t.Fatal(err)
	}
	for _, loop := range loops {
		if file, err := os.ReadFile(loop); err == nil && strings.Contains(string(file), "/belt-"+name+"-") {
			left = append(left, loop+" "+strings.TrimSpace(string(file)))
		}
	}
	return left
}
