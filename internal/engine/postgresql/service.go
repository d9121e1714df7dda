package postgresql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

const loadTime = "SELECT extract(epoch FROM pg_conf_load_time())"

// reload runs SQL that changes settings, if any, makes the instance read its files again, and returns when it has: new
// sessions then see the new values. It also brings the answers to the queries given, from after the reload. All in one
// round trip.
func reload(ctx context.Context, f replication.Facts, sql string, queries ...string) ([]string, error) {
	n := nativeOf(f)
	after := "SET default_transaction_read_only = on;\n" + strings.Join(append([]string{loadTime}, queries...), ";\n") + ";"
	cmd, err := asAdmin(f.Node, remote.Command{
		Title: "change and reload the settings", Script: reloadScript, As: n.Owner,
		Args:  []string{n.BinDir, n.SocketDir, strconv.Itoa(n.Port), after},
		Stdin: strings.NewReader(sql + loadTime + ";\nSELECT pg_reload_conf();"),
	})
	if err != nil {
		return nil, err
	}
	result, err := f.Node.Runner.Run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	answers := strings.Split(strings.TrimSuffix(result.Stdout, "\n"), "\n")
	if len(answers) != len(queries)+1 {
		return nil, fmt.Errorf("%s: read the settings back: %d rows where %d were due: %.200q", f.Node.Label, len(answers), len(queries)+1, result.Stdout)
	}
	return answers[1:], nil
}
