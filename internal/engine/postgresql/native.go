package postgresql

import (
	"slices"
	"strconv"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// native is all that PostgreSQL and its server told; Facts.Native holds a pointer to it.
type native struct {
	place  `json:"-"`
	survey *survey // nil after a glance

	VersionNum       int    `json:"version_num"` // 150018
	SystemIdentifier string `json:"system_identifier"`
	Started          string `json:"started"` // postmaster start time, microseconds since 1970
	Timeline         int    `json:"timeline"`
	InRecovery       bool   `json:"in_recovery"`

	Settings    map[string]setting `json:"settings"`
	Receiver    *receiver          `json:"receiver"` // on a standby that is connected
	Senders     []sender           `json:"senders"`
	Slots       []slot             `json:"slots"`
	Roles       []role             `json:"roles"` // those that Belt made
	Rules       []string           `json:"hba"`   // the lines of pg_hba.conf that are no comments
	HBA         []hbaLine          `json:"-"`     // those that Belt wrote
	Clients     []client           `json:"clients"`
	Tablespaces []tablespace       `json:"tablespaces"`

	LSN          string  `json:"lsn"`          // flushed by a primary, replayed by a standby
	Received     string  `json:"received"`     // on a standby
	ReplayStamp  float64 `json:"replay_stamp"` // when the last replayed transaction was committed, by its primary's clock; seconds since 1970
	Now          float64 `json:"-"`            // the instance's clock at that moment
	ReplayPaused bool    `json:"replay_paused"`

	// What the data folder tells even when nothing runs.
	Alive         bool   `json:"-"` // the server program runs, even if it does not answer
	Control       string `json:"-"` // "in production", "shut down in recovery", …
	ControlLSN    string `json:"-"` // up to where the data is consistent
	WALEnd        string `json:"-"` // of a server that does not run: where its WAL ends; empty when that was not found out
	RewindSafe    bool   `json:"-"` // it has data checksums or wal_log_hints
	StandbySignal bool   `json:"-"`
	Conninfo      string `json:"-"` // as postgresql.auto.conf has it, quoted

	replica.Notes `json:"-"`
	Saved         saved    `json:"-"`
	Written       []string `json:"-"` // the settings that Belt wrote into a replica's postgresql.auto.conf
	MissingTools  []string `json:"-"` // programs that Belt needs and BinDir does not have
}

type role struct {
	Name string `json:"name"`
	Note string `json:"note"` // "belt: replica shop/db2"
}

// place is where an instance lives on its server.
type place struct {
	Owner     string // the system user, "postgres"
	Version   int    // the major version of the cluster, 15
	Cluster   string // Debian's name of the cluster, "main"; empty elsewhere
	Service   string // the systemd unit, "postgresql@15-main.service"
	BinDir    string
	DataDir   string // resolved: no symbolic link
	ConfigDir string
	SocketDir string
	Port      int
}

type setting struct {
	Value   string `json:"v"` // in the setting's own unit
	Source  string `json:"s"` // "configuration file", "command line", "default", …
	File    string `json:"f"` // the file that set it, where a file did
	Pending bool   `json:"p"` // the file has another value, which waits for a restart
}

type receiver struct {
	Status string `json:"status"`
	Host   string `json:"host"`
	Port   int    `json:"port"`
	Slot   string `json:"slot"`
}

type sender struct {
	Application string  `json:"application"`
	Client      string  `json:"client"`
	State       string  `json:"state"`
	Slot        string  `json:"slot"`
	User        string  `json:"user"`
	Replayed    string  `json:"replayed"`
	ReplayLag   float64 `json:"replay_lag"` // seconds
}

type slot struct {
	Name     string `json:"name"`
	Active   bool   `json:"active"`
	Status   string `json:"status"`   // reserved, extended, unreserved, lost
	Retained int64  `json:"retained"` // bytes of WAL that it holds back
	Restart  string `json:"restart"`  // the LSN from which it holds WAL
	Physical bool   `json:"physical"`

	Temporary bool `json:"temporary"` // gone with its session
}

// client is a session of somebody other than Belt.
type client struct {
	User     string `json:"user"`
	Database string `json:"database"`
	Address  string `json:"address"`
	State    string `json:"state"`
	Writing  bool   `json:"writing"` // has changed something in its open transaction
}

type database struct {
	Name      string `json:"name"`
	Bytes     int64  `json:"bytes"`
	Provider  string `json:"provider"` // c: libc, i: ICU, b: built in
	Collation string `json:"collation"`
	Version   string `json:"version"` // of the collation when the database was made; empty before PostgreSQL 15
	Connect   bool   `json:"connect"`
}

type tablespace struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// survey is the costlier part of an inspection.
type survey struct {
	Databases []database
	DataBytes int64             // of all databases and pg_wal
	WALBytes  int64             // of pg_wal
	OldestWAL string            // the name of the oldest segment in pg_wal
	UsedBytes int64             // of the data folder and its tablespaces, on disk
	FreeBytes int64             // on the file system that a new folder beside the data folder would use
	WALFree   int64             // on the file system of pg_wal
	WALPerSec float64           // bytes of WAL written per second, measured over a second
	Writes    int64             // transactions that changed something, in 0.6 seconds
	Mount     bool              // the data folder itself is a mount point
	Locales   map[string]string // versions of the collation providers, by provider
	HBAErrors []string
}

func nativeOf(f replication.Facts) *native {
	if n, ok := f.Native.(*native); ok {
		return n
	}
	return &native{}
}

// conninfo is the standby's connection string as it runs or, when nothing runs, as its file has it.
func (n *native) conninfo() string {
	if s := n.Settings["primary_conninfo"].Value; s != "" {
		return s
	}
	return unquoteSetting(n.Conninfo)
}

// orphan tells whether it is a standby that follows nobody, as a primary is that was given up.
func (n *native) orphan() bool { return n.StandbySignal && n.conninfo() == "" }

func (n *native) hasRole(name string) bool {
	for _, r := range n.Roles {
		if r.Name == name {
			return true
		}
	}
	return false
}

// letsIn tells whether pg_hba.conf has lines for a replica.
func (n *native) letsIn(name string) bool {
	return slices.ContainsFunc(n.HBA, func(l hbaLine) bool { return l.Name == name })
}

func (n *native) slot(name string) (slot, bool) {
	for _, s := range n.Slots {
		if s.Name == name {
			return s, true
		}
	}
	return slot{}, false
}

func (n *native) sender(slotName string) (sender, bool) {
	for _, s := range n.Senders {
		if s.Slot == slotName || s.User == slotName {
			return s, true
		}
	}
	return sender{}, false
}

// used is what the data folder takes on disk, 0 when it was not measured.
func (n *native) used() int64 {
	if n.survey == nil {
		return 0
	}
	return n.survey.UsedBytes
}

// oldestWAL is the position at which the oldest segment in pg_wal begins; 0 when unknown.
func (n *native) oldestWAL() lsn {
	segment, _ := strconv.ParseUint(n.Settings["wal_segment_size"].Value, 10, 64)
	if n.survey == nil || len(n.survey.OldestWAL) != 24 || segment == 0 {
		return 0
	}
	high, err1 := strconv.ParseUint(n.survey.OldestWAL[8:16], 16, 64)
	low, err2 := strconv.ParseUint(n.survey.OldestWAL[16:], 16, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return lsn(high<<32 + low*segment)
}
