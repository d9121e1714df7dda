// Belt-mover is what Belt runs on both servers for the time of a copy; see internal/transfer. It is in Belt, and not
// for hands.
package main

import (
	"context"
	"os"

	"github.com/dbbelt/belt/internal/transfer/mover"
	"github.com/dbbelt/belt/internal/transfer/programs"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == programs.Argument { // which Belt needs where it is a mover itself
		args = args[1:]
	}
	os.Exit(mover.Main(context.Background(), args, os.Stdin, os.Stdout, os.Stderr))
}
