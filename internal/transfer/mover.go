package transfer

import (
	"context"

	"github.com/dbbelt/belt/pkg/plan"
)

// Mover moves streams. [Jobs] is the real one; engines hold it as a Mover, so that their tests need no servers.
type Mover interface {
	// Probe finds the way from one server to the other, and measures it. It leaves nothing behind.
	Probe(ctx context.Context, from, to Place) (Path, error)

	// Run moves the stream, or attaches to one that is being moved. It returns nil when the sender's tool ended with
	// success, all that it wrote arrived and was taken, and the receiver's tool ended with success too, now or in an
	// earlier run; then the jobs' folders are still there, until Stop. A failure is told with the failed tool's last
	// lines, and both ends have ended by then.
	//
	// When ctx ends because the connection or the terminal was lost, or a server cannot be reached for ten minutes, it
	// returns a *plan.Detached: the stream goes on. When ctx ends for another reason Run returns that, and the stream goes
	// on until Stop, too.
	Run(ctx context.Context, s Stream, report plan.Progress) error

	// Stop ends both ends and removes what is on the servers for the stream: after Run, and to undo it at any point.
	// Where there is nothing it does nothing.
	Stop(ctx context.Context, s Stream) error
}
