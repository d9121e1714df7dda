package mover

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/dbbelt/belt/internal/transfer/task"
)

// Main is the program. It knows
//
//	move ARGS…    do the task in $BELT_FILES; the arguments are the tool's
//	join SOCKET   join its input and output with the end that waits at the socket
//	knock         tell whether this server and another reach each other; see [knock]
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) > 0 && args[0] == "move":
		return Move(ctx, os.Getenv("BELT_FILES"), args[1:], stderr)
	case len(args) == 2 && args[0] == "join":
		return told(join(ctx, args[1], stdin, stdout), stderr)
	case len(args) == 1 && args[0] == "knock":
		return told(knock(ctx, stdin, stdout), stderr)
	}
	fmt.Fprintln(stderr, "belt runs this program on servers for the time of a copy; it is of no use by hand")
	return 2
}

func told(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	return task.Failed
}
