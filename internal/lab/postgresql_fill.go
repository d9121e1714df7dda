package lab

import (
	"context"
	"fmt"
)

// mbPerScale is what one unit of pgbench's scale takes on disk, with indexes.
const mbPerScale = 15

// fill makes pgbench's tables as the app's user.
func (p postgresql) fill(ctx context.Context, mb int) error {
	scale := (mb + mbPerScale - 1) / mbPerScale
	// Steps: drop, create tables, generate rows in the server, vacuum, primary keys.
	_, err := docker(ctx, "exec", "-u", "postgres", "-e", "PGOPTIONS=-c role="+User, p.Container,
		"pgbench", "--initialize", "--init-steps=dtGvp", "--quiet", "--scale", fmt.Sprint(scale), Database)
	return err
}
