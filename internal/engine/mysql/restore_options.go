package mysql

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// restoreOptions puts back what the note on the primary says, for the options named (nil: all of them), and restarts
// where a value is not in force otherwise and a restart is allowed.
func restoreOptions(ctx context.Context, p replication.Facts, only map[string]bool, restart bool, report plan.Progress) error {
	i := instanceOf(p)
	record := saved{}
	if err := replica.ReadState(ctx, p.Node.Runner, "read the noted options", i.StateFile("settings"), &record); err != nil {
		return err
	}
	rest, back := saved{}, saved{}
	for name, o := range record {
		if only != nil && !only[name] {
			rest[name] = o
		} else {
			back[name] = o
		}
	}
	if len(back) > 0 {
		if err := takeBack(ctx, p, rest, back, restart, report); err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		return replica.PutState(ctx, p.Node.Runner, i.StateFile("settings"), rest)
	}
	if !p.Replica || nativeOf(p).written().Options["ssl_cert"] == "" { // a replica in the midst of a chain has it as a replica
		if err := dropCertificate(ctx, p); err != nil {
			return err
		}
	}
	return replica.DropState(ctx, p.Node.Runner, i.StateFile("settings"))
}

// takeBack makes the options in back what they were, and leaves the rest.
func takeBack(ctx context.Context, p replication.Facts, rest, back saved, restart bool, report plan.Progress) error {
	n, i := nativeOf(p), instanceOf(p)
	texts := optionsOf(p, rest)
	_, logged := back["log_bin"]
	if n.has(purgeNeeds) && (!logged || !restart) && !p.Replica {
		// MariaDB from 11.4 keeps its binary logs for ever while no replica is connected (its default is to wait for one).
		texts["slave_connections_needed_for_purge"] = "0"
	}
	if len(rest) > 0 {
		delete(texts, "slave_connections_needed_for_purge")
	}
	if err := writeOptions(ctx, p, texts); err != nil {
		return err
	}
	if err := i.StartIfDown(ctx); err != nil {
		return err
	}
	if _, ours := back[pluginNote]; ours {
		if err := unloadPlugin(ctx, p); err != nil {
			return err
		}
	}
	if _, there := back["gtid_mode"]; there {
		if err := switchGTID(ctx, p, false, report); err != nil {
			return err
		}
	}
	var sql strings.Builder
	needed := false
	for _, name := range slices.Sorted(maps.Keys(back)) {
		switch o := back[name]; {
		case o.Restart:
			needed = true
		case name != pluginNote && !strings.Contains(name, "gtid"):
			fmt.Fprintf(&sql, "SET GLOBAL %s = %s;\n", name, dynamic(o.Was))
		}
	}
	if texts["slave_connections_needed_for_purge"] == "0" {
		sql.WriteString("SET GLOBAL slave_connections_needed_for_purge = 0;\n")
	}
	if sql.Len() > 0 {
		if err := change(ctx, p, "put the options back", sql.String()); err != nil {
			return err
		}
	}
	if !needed || !restart {
		return nil
	}
	report(0, 0, "restarting "+n.flavour.title())
	if !logged {
		return i.Start(ctx, "restart")
	}
	return renewWithoutLogs(ctx, p)
}

// logName is what Belt calls the binary logs of a server that had none.
const logName = "binlog"

// dropLogsScript deletes binary logs; $2 is what their names begin with. A server that logs no more would never do it.
// MariaDB from 11.4 has an index of each beside it.
const dropLogsScript = `rm -f -- "$2".[0-9][0-9][0-9][0-9][0-9][0-9] "$2".[0-9][0-9][0-9][0-9][0-9][0-9].idx "$2".index "$2".state`

// renewWithoutLogs restarts a server that no longer logs, and deletes the binary logs that Belt's options made it write.
func renewWithoutLogs(ctx context.Context, f replication.Facts) error {
	return instanceOf(f).Renew(ctx, "restart without binary logs", dropLogsScript, path.Join(nativeOf(f).DataDir, logName))
}
