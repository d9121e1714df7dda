package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/internal/lock"
	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

func TestExitCode(t *testing.T) {
	down := &remote.UnreachableError{Server: "db1", Err: errors.New("refused")}
	ended := func(o plan.Outcome) error {
		o.Err = fmt.Errorf("step: %w", down) // what made a plan fail never decides
		return &resultError{err: &ops.Failed{Outcome: o}}
	}
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"nothing":                {nil, 0},
		"anything":               {errors.New("x"), 1},
		"rolled back":            {ended(plan.Outcome{RolledBack: true}), 1},
		"interrupted":            {ended(plan.Outcome{RolledBack: true, Interrupted: true}), 130},
		"interrupted, with rest": {ended(plan.Outcome{Interrupted: true, Left: []string{"slot"}}), 4},
		"not rolled back":        {ended(plan.Outcome{Left: []string{"slot"}}), 4},
		"detached":               {ended(plan.Outcome{Detached: true}), 4},
		"usage":                  {&ops.UsageError{}, 2},
		"flag":                   {&flagError{}, 2},
		"no such name":           {&inventory.NotFound{}, 2},
		"two such names":         {&inventory.Ambiguous{}, 2},
		"no inventory":           {&inventory.Missing{}, 2},
		"inventory":              {&inventoryError{errors.New("x")}, 2},
		"refused":                {&ops.Refused{}, 3},
		"checks":                 {&plan.RefusedError{}, 3},
		"sudo":                   {fmt.Errorf("x: %w", &remote.SudoError{}), 3},
		"one server, two names":  {&lock.SameServerError{}, 3},
		"no folder":              {&envpush.FolderError{}, 3},
		"locked":                 {&lock.HeldError{}, 5},
		"unhealthy":              {&ops.Unhealthy{}, 6},
		"app server":             {&ops.Missed{Servers: []ops.AppServer{{Error: "x"}}}, 7},
		"unreachable":            {fmt.Errorf("x: %w", down), 8},
		"host key":               {&remote.HostKeyError{}, 8},
		"login":                  {&remote.LoginError{}, 8},
		"lost":                   {&remote.LostError{}, 8},
		"time is up":             {fmt.Errorf("x: %w", context.DeadlineExceeded), 8},
		"Ctrl-C while looking":   {plan.ErrInterrupt, 130},
		"several":                {errors.Join(errors.New("x"), down), 8},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
		if meaning(tt.want) == "" {
			t.Errorf("%s: exit code %d has no meaning", name, tt.want)
		}
	}
}
