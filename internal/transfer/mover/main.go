package mover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/dbbelt/belt/internal/transfer/pack"
	"github.com/dbbelt/belt/internal/transfer/task"
)

// Main is the program. It knows
//
//	move ARGS…    do the task in $BELT_FILES; the arguments are the tool's
//	join SOCKET   join its input and output with the end that waits at the socket
//	pack [TO]     compress its input to its output, encrypted to a recipient; see the package pack
//	unpack [FILE] the way back, with the identities in the file
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
	case (len(args) == 1 || len(args) == 2) && args[0] == "pack":
		recipient := ""
		if len(args) == 2 {
			recipient = args[1]
		}
		_, err := pack.Pack(stdout, stdin, recipient)
		return told(err, stderr)
	case (len(args) == 1 || len(args) == 2) && args[0] == "unpack":
		return told(unpackWith(args[1:], stdin, stdout), stderr)
	}
	fmt.Fprintln(stderr, "belt runs this program on servers for the time of a copy; it is of no use by hand")
	return 2
}

// unpackWith unpacks with the identities in the file, where one is named and there.
func unpackWith(file []string, stdin io.Reader, stdout io.Writer) error {
	var identities []byte
	if len(file) == 1 {
		var err error
		if identities, err = os.ReadFile(file[0]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, err := pack.Unpack(stdout, stdin, string(identities))
	return err
}

func told(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	return task.Failed
}
