package labtest

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab"
)

// Kit is what scenarios need of an engine besides what a lab.Server has. Its methods fail the test where they cannot do
// what they are for.
type Kit interface {
	Port() string
	Variables() Variables
	Ways() Ways
	Compared() (tables, rows int64) // what verify compares at least, of data by Fill

	OwnData(t testing.TB, s *lab.Server) // gives a server data that a replica of another one would not have
	HasOwnData(t testing.TB, s *lab.Server) bool
	Filled(t testing.TB, s *lab.Server) bool              // serves data by Fill
	Written(t testing.TB, s *lab.Server)                  // takes a write, of which nothing stays
	Kept(t testing.TB, s *lab.Server) []string            // the old data that is kept for undo
	Left(t testing.TB, s *lab.Server) []string            // what is there of Belt where nothing should be, but for kept data
	AppReads(t testing.TB, web, replica *lab.Server) bool // the app on web logs in to a replica, and it is one

	// Encrypted fails the test unless the replica's connection is encrypted, and would not take another server for its
	// primary.
	Encrypted(t testing.TB, primary, replica *lab.Server)

	// Tamper changes one row of a replica behind its back, as a failing disk would. It is called after Fill.
	Tamper(t testing.TB, primary, replica *lab.Server) Tampered

	// Diverge makes a replica by accident a primary of its own, and has it written to; Strayed tells whether it has what
	// was written.
	Diverge(t testing.TB, primary, replica *lab.Server)
	Strayed(t testing.TB, replica *lab.Server) bool

	// LoseLog has the primary give up what the replica, which is stopped, would need to go on.
	LoseLog(t testing.TB, primary, replica *lab.Server)

	// Busy has somebody write to the server all the time; end stops it.
	Busy(t testing.TB, s *lab.Server) (end func())

	// GiveEveryStepWork sees to it that no step of an enable finds itself done. LongSteps are those during which a crash
	// is likely, each as often as it is worth to be tried.
	GiveEveryStepWork(t testing.TB, primary *lab.Server)
	LongSteps() []string

	// Parted tells whether a primary that has lost its last replica is as disable has to leave it, and by patterns of State in what
	// it then differs for good from one that never had any.
	Parted(t testing.TB, primary *lab.Server) (changed []string, is bool)

	// Durable are settings with which an acknowledged write survives a power cut.
	Durable() string

	// Damages are what may happen to a replica that resync mends without a copy.
	Damages() []Damage

	// state is of a server; "WHAT<tab>VALUE" a line. See State.
	folders() []string // for state.sh
	state(t testing.TB, s *lab.Server) (string, error)
}

// Variables are those of the engine.
type Variables struct {
	Prefix string
	Login  map[string]string // what an app reads of its login, without the prefix
	Taken  []string          // of these, what the app of a replica takes over from its source
	Set    bool              // instead of the replicas' addresses there are those of all members
}

// Ways are what an engine can do: how resync mends, and how its copies go.
type Ways struct {
	Stopped, Diverged, LogLost string // restart, rewind or full

	Copy           string // the step that copies, without the server
	Copying        string // what pgrep finds the program by that copies on the target; empty where the server does it itself
	MaxRate        bool   // a copy may be slowed down by --max-rate; else by the network
	TLSRestarts    bool   // it opens a port for TLS only when it starts
	RetriesCopy    bool   // a copy from a primary that restarts begins again by itself
	WaitsOut       bool   // a copy waits for minutes where the servers lose sight of each other, and goes on
	Instant        bool   // copies take no time, whatever the network does
	InMemory       bool   // a copy comes into memory, and needs no room on the disk before it is saved
	OneApp         bool   // there are no replicas in another app
	RestartsItself bool   // systemd starts a killed one again
	Rejoins        bool   // an old primary that comes back becomes a replica of the new one by itself
}

// Tampered is what Tamper changed: verify has to name the object and the key, and no other key.
type Tampered struct{ Object, Key, Other string }

// Damage is one, and how it comes about.
type Damage struct {
	Name string
	Do   func(t testing.TB, primary, replica *lab.Server)
}

// KitOf is the kit of an engine.
func KitOf(engine lab.Kind) Kit {
	switch engine {
	case lab.Redis, lab.Valkey:
		return redis{engine}
	case lab.MariaDB, lab.MySQL:
		return mysql{engine}
	case lab.PostgreSQL:
		return postgresql{}
	case lab.MongoDB:
		return mongodb{}
	}
	panic("no kit for " + string(engine))
}

// wrongCertificate puts another certificate in the place of the one by which the replica knows its primary, and returns
// what puts it back.
func wrongCertificate(t testing.TB, replica *lab.Server) (restore func()) {
	t.Helper()
	file := Exec(t, replica, "find /var/lib/belt -name '*.crt' ! -name server.crt") // that is the server's own
	Exec(t, replica, `cp -p "$1" /root/right.crt
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=wrong -keyout /dev/null -out "$1" 2>/dev/null`, file)
	return func() { Exec(t, replica, `cp -p /root/right.crt "$1"; rm /root/right.crt`, file) }
}

// leftOnServer is what lies outside of the engine's own folders.
func leftOnServer(t testing.TB, s *lab.Server) []string {
	t.Helper()
	return split(Exec(t, s, `ls -d /var/lib/belt/state/* "/var/lib/belt/$1"-* /var/lib/belt/jobs/* 2>/dev/null || :`, string(s.Kind)))
}

func split(out string) []string {
	return strings.FieldsFunc(out, func(r rune) bool { return r == '\n' })
}
