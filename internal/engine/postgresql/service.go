package postgresql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

const loadTime = "SELECT extract(epoch FROM pg_conf_load_time())"

// reload runs SQL that changes settings, if any, makes the instance read its files again, and returns when it has: new
// sessions then see the new values. It also brings the answers to the queries given, from after the reload.
func reload(ctx context.Context, f replication.Facts, sql string, queries ...string) ([]string, error) {
	out, err := statement{title: "change and reload the settings", sql: sql + loadTime + ";\nSELECT pg_reload_conf();"}.run(ctx, f)
	if err != nil {
		return nil, err
	}
	before, _, _ := strings.Cut(out, "\n")
	var answers []string
	err = replica.Until(ctx, 30*time.Second, func(ctx context.Context) (bool, error) {
		var err error
		answers, err = askAll(ctx, f, "read the settings back", append([]string{loadTime}, queries...)...)
		return err == nil && answers[0] != before, err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: waiting for PostgreSQL to read its settings: %w", f.Node.Label, err)
	}
	return answers[1:], nil
}
