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

// restoration is how the options of a primary are put back.
type restoration struct {
	only    map[string]bool // the options; nil for all of them
	restart bool            // where a value is not in force otherwise
	ended   bool            // no replica is left; else a run that failed is undone
}

// restoreOptions puts back what the note on the primary says.
func restoreOptions(ctx context.Context, p replication.Facts, how restoration, report plan.Progress) error {
	i := instanceOf(p)
	record := saved{}
	if err := replica.ReadState(ctx, p.Node.Runner, "read the noted options", i.StateFile("settings"), &record); err != nil {
		return err
	}
	rest, back := saved{}, saved{}
	for name, o := range record {
		if how.only != nil && !how.only[name] {
			rest[name] = o
		} else {
			back[name] = o
		}
	}
	if len(back) > 0 {
		if err := takeBack(ctx, p, rest, back, how, report); err != nil {
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
func takeBack(ctx context.Context, p replication.Facts, rest, back saved, how restoration, report plan.Progress) error {
	n, i := nativeOf(p), instanceOf(p)
	texts := optionsOf(p, rest)
	_, logged := back["log_bin"]
	alone := len(rest) == 0 && (back[purgeOption].Was == "0" || how.ended && purgesAlone(p, back, how.restart))
	if alone {
		texts[purgeOption] = "0"
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
		case name != pluginNote && name != purgeOption && !strings.Contains(name, "gtid"):
			fmt.Fprintf(&sql, "SET GLOBAL %s = %s;\n", name, dynamic(o.Was))
		}
	}
	if alone {
		sql.WriteString("SET GLOBAL " + purgeOption + " = 0;\n")
	}
	if sql.Len() > 0 {
		if err := change(ctx, p, "put the options back", sql.String()); err != nil {
			return err
		}
	}
	if !needed || !how.restart {
		return nil
	}
	report(0, 0, "restarting "+n.flavour.title())
	if !logged {
		return i.Start(ctx, "restart")
	}
	return renewWithoutLogs(ctx, p)
}

// purgeOption is for how many replicas MariaDB keeps its binary logs, from 11.4 on: while fewer are connected it purges none.
const purgeOption = "slave_connections_needed_for_purge"

// purgesAlone tells whether a server that is left without replicas goes on logging, and would keep its logs for ever.
func purgesAlone(p replication.Facts, back saved, restart bool) bool {
	_, logged := back["log_bin"]
	return nativeOf(p).has(purgeNeeds) && (!logged || !restart) && !p.Replica
}

// leftAlone tells whether that was so before, by Belt's file: it then has nothing else.
func (n *native) leftAlone() bool {
	return n.has(purgeNeeds) && n.value(purgeOption) == "0" && n.DropIn && n.Notes.Written == "" && len(n.saved()) == 0
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
