// Belt is the database replication toolbelt.
package main

import (
	"context"
	"os"

	"github.com/dbbelt/belt/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}
