package mysql

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// native is all that the instance and its server told; Facts.Native holds a pointer to it.
type native struct {
	place
	replica.Notes
	survey *survey // nil after a glance

	flavour  flavour
	version  version
	Version  string             `json:"version"`
	ServerID uint32             `json:"server_id"`
	UUID     string             `json:"uuid"` // MySQL only
	TLS      string             `json:"tls"`  // MySQL from 8.0.21: "Yes", "No"
	LogBin   bool               `json:"log_bin"`
	ReadOnly bool               `json:"read_only"`
	Now      float64            `json:"now"`  // the instance's clock, seconds since 1970
	Made     string             `json:"made"` // when the data folder was first made, by what it holds
	Dirty    int64              `json:"dirty_pages"`
	Settings map[string]setting `json:"settings"`

	// MariaDB's positions, and MySQL's sets.
	BinlogPos   string `json:"binlog_pos"`
	BinlogState string `json:"binlog_state"`
	SlavePos    string `json:"slave_pos"`
	Executed    string `json:"executed"`
	Purged      string `json:"purged"`
	Told        bool   `json:"-"`       // what it executed was told by its binary log, of an instance that is down
	Filters     int    `json:"filters"` // of replication, MySQL

	Accounts []account `json:"accounts"` // those that Belt made
	Dumps    []session `json:"dumps"`    // replicas that read the binary log
	Clients  []session `json:"clients"`  // sessions of somebody other than Belt

	File      string    `json:"-"` // the binary log in use, and where its end is
	Position  int64     `json:"-"`
	LogDo     string    `json:"-"` // databases that are logged only, or not
	LogIgnore string    `json:"-"`
	Logs      []binlog  `json:"-"`
	Channels  []channel `json:"-"` // connections to a source, running or not
}

// place is where an instance lives on its server.
type place struct {
	Owner     string // the system user, "mysql"
	Program   string // "/usr/sbin/mariadbd"
	Client    string // "/usr/bin/mariadb"
	Service   string // the systemd unit
	DataDir   string // resolved: no symbolic link
	Socket    string
	Port      int
	MainFile  string  // of options
	DropIns   string  // the last folder that the main file includes
	Later     string  // files there that are read after Belt's
	DropIn    bool    // Belt's file is there
	Alive     bool    // the program runs, even if it does not answer
	Process   string  // this very process
	StartTook float64 // seconds that its last start took
	Followed  string  // host and port in master.info, of a MariaDB that may be down
	AppArmor  string  // the name of its profile, if one is enforced
	Missing   []string

	CloneLibrary bool // MySQL: the library of its clone plug-in is installed
	Dumper       bool // MySQL: mysqldump is
}

type setting struct {
	Value  string `json:"v"`
	Source string `json:"s"` // "config", "compile-time", "command-line"; MySQL: "global", "persisted", "compiled" …
	File   string `json:"f"` // the file that set it, where a file did

	// MySQL: what SET PERSIST wrote, for the next start; until then the source is what it was, or "dynamic".
	Persisted *string `json:"p"`
}

type account struct {
	Name string `json:"name"`
	Host string `json:"host"`
}

type session struct {
	User     string `json:"user"`
	Host     string `json:"host"` // "10.0.0.22:51234"
	Database string `json:"database"`
	Writing  bool   `json:"writing"` // has changed something in its open transaction
}

type binlog struct {
	Name string
	Size int64
}

// channel is what SHOW REPLICA STATUS says of one connection.
type channel struct {
	Name              string
	Host              string
	Port              string
	User              string
	Reading, Applying string // "Yes", "No", "Connecting", "Preparing"
	File              string // read up to
	Position          int64
	ExecFile          string // executed up to, in the source's logs
	ExecPosition      int64
	Behind            string // seconds, or NULL
	ReadErrno         int
	ReadError         string
	ApplyErrno        int
	ApplyError        string
	AutoPosition      bool // by GTID
	GTIDPos           string
	SourceUUID        string
}

// survey is the costlier part of an inspection.
type survey struct {
	Engines   []engineUse `json:"engines"`
	Plugins   []plugin    `json:"plugins"`
	Events    []event     `json:"events"`
	Triggers  int         `json:"triggers"`
	Encrypted int         `json:"encrypted"`
	Floats    columnUse   `json:"floats"`    // MySQL: columns of type FLOAT
	FirstPos  *string     `json:"first_pos"` // MariaDB: where the oldest binary log begins; nil without one
	Writes    float64     `json:"writes"`    // statements that changed something, in 0.6 seconds
	LogPerSec float64     `json:"log_per_sec"`

	FreeBytes int64  `json:"-"` // on the file system that a new folder beside the data folder would use
	LogFree   int64  `json:"-"` // on that of the data folder
	UsedBytes int64  `json:"-"`
	Mount     bool   `json:"-"`
	Links     string `json:"-"` // symbolic links in the data folder
}

type engineUse struct {
	Engine  string `json:"engine"`
	Tables  int64  `json:"tables"`
	Bytes   int64  `json:"bytes"`
	Example string `json:"example"`
}

// columnUse is how often a type of column is there.
type columnUse struct {
	Columns int64  `json:"columns"`
	Example string `json:"example"`
}

type plugin struct {
	Name    string `json:"name"`
	Library string `json:"library"`
}

type event struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

func nativeOf(f replication.Facts) *native {
	if n, ok := f.Native.(*native); ok {
		return n
	}
	return &native{}
}

// words are those of a feature in this version; empty where it has none.
func (n *native) words(what feature) string {
	words, _ := n.flavour.find(what, n.version)
	return words
}

// has tells whether this version has a feature.
func (n *native) has(what feature) bool {
	_, there := n.flavour.find(what, n.version)
	return there
}

// value is the effective value of a setting.
func (n *native) value(name string) string { return n.Settings[name].Value }

// on tells whether a switch is on; servers say ON or 1.
func (n *native) on(name string) bool {
	v := strings.ToUpper(n.value(name))
	return v == "ON" || v == "1" || v == "YES"
}

// instance is the name under which Belt keeps things for the instance: "mariadb-3306".
func (n *native) instance() string { return fmt.Sprintf("%s-%d", n.flavour, n.Port) }

// dropIn is Belt's file of options. It is read behind all others of its folder.
func (p place) dropIn() string { return p.DropIns + "/" + dropInName }

const dropInName = "zz-belt.cnf"

func (n *native) hasAccount(name string) bool {
	for _, a := range n.Accounts {
		if a.Name == name {
			return true
		}
	}
	return false
}

// logBytes is what all binary logs take.
func (n *native) logBytes() int64 {
	var sum int64
	for _, l := range n.Logs {
		sum += l.Size
	}
	return sum
}

// dataBytes is what the data takes, without binary logs; 0 when it was not measured.
func (n *native) dataBytes() int64 {
	if n.survey == nil {
		return 0
	}
	if strings.HasPrefix(n.value("log_bin_basename"), n.DataDir+"/") {
		return max(0, n.survey.UsedBytes-n.logBytes())
	}
	return n.survey.UsedBytes
}
