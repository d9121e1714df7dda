package transfer

import (
	"github.com/dbbelt/belt/pkg/remote"
)

// Compress says when chunks are compressed on their way.
type Compress string

// When chunks are compressed.
const (
	Auto   Compress = "auto" // while the network is what the stream waits for, and it pays
	Always Compress = "always"
	Never  Compress = "never"
)

// Stream is one stream to move. Two Streams of the same ID with the same scripts and arguments are the same work: [Stream.Run]
// attaches to what runs already, whatever else is set.
type Stream struct {
	// ID names the jobs of both ends, with ".send" and ".receive" after it: "seed.shop.mariadb". See [job.Spec].
	ID string
	// Title says in a few words what is done: "copy the data from db1".
	Title string
	From  End
	To    End
	// Path is the way between the servers; [Probe] finds it.
	Path Path
	// Total is how many bytes are expected, for the progress; 0 when unknown. An estimate will do.
	Total int64
	// MaxRate bounds the bytes per second on the wire; 0 for no limit.
	MaxRate int64
	// Connections is how many connections are used at once; 0 for the default of 4.
	Connections int
	// Compress is Auto when empty.
	Compress Compress
}

// End is one of the two ends of a stream.
type End struct {
	// Runner reaches the server, and may become root there.
	Runner remote.Runner
	// Arch is the server's machine, as uname -m says it: "x86_64", "aarch64".
	Arch string
	// As is the system user that the tool runs as; empty for root.
	As string
	// Script is the POSIX sh script that runs the tool, with Args as $1, $2 …: never a secret. The sender's writes the stream
	// to stdout, the receiver's reads it from stdin; what they write to stderr is the job's log, and its last lines are told
	// when they fail. Only an exit code of 0 is success. For the sender that means: all was read and is sound, which is
	// where the script looks for its tool's "completed OK!".
	//
	// A script runs in the job's own folder, which is removed with the job, with LC_ALL=C and umask 077. It finds Files and
	// Secrets in $BELT_FILES. When the other end fails, it is killed with all that it started.
	Script  string
	Args    []string
	Files   map[string][]byte
	Secrets map[string][]byte
}
