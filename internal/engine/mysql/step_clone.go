package mysql

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/dbbelt/belt/internal/job"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/own.sh
	ownScript string // of what a copy needs from the folder whose place it takes
	//go:embed scripts/endclone.sh
	endCloneScript string
	//go:embed scripts/clone.sh
	cloneScript string
)

// cloneGrace is how long a CLONE that is stopped has to end. A server that waits for a donor out of sight sees that it was
// stopped when it has read nothing for half a minute, twice.
const cloneGrace = 100 * time.Second

// clonePlugin is what both ends of a CLONE need.
const clonePlugin = "INSTALL PLUGIN clone SONAME 'mysql_clone.so'"

// hasPlugin tells whether the instance has the plug-in already.
func (n *native) hasPlugin(name string) bool {
	if n.survey == nil {
		return false
	}
	for _, p := range n.survey.Plugins {
		if p.Name == name {
			return true
		}
	}
	return false
}

// plugin gives the donor the plug-in that CLONE needs. It works at once, and for the data that is copied, too.
func (m making) plugin() plan.Step {
	return m.Step(plan.Step{
		ID: "plugin", Server: m.From(), Title: "load the clone plug-in", Commands: []string{clonePlugin},
		Done: func(ctx context.Context) (bool, error) {
			out, err := ask(ctx, m.primary, "look for the clone plug-in", pluginSQL)
			return out == "1", err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			if err := m.notePlugin(ctx, true); err != nil {
				return err
			}
			return changePlugin(ctx, m.primary, "load the clone plug-in", clonePlugin)
		},
		Undo: plan.Undoable("unload it", func(ctx context.Context, _ plan.Progress) error {
			if m.pn.hasPlugin("clone") {
				return nil // it was there before
			}
			if err := unloadPlugin(ctx, m.primary); err != nil {
				return err
			}
			return m.notePlugin(ctx, false)
		}),
	})
}

// pluginNote stands in the note of the primary's options for a plug-in that Belt loaded.
const pluginNote = "plug-in clone"

// notePlugin notes that the plug-in is Belt's, or no longer.
func (m making) notePlugin(ctx context.Context, loaded bool) error {
	file, record := instanceOf(m.primary).StateFile("settings"), saved{}
	if err := replica.ReadState(ctx, m.primary.Node.Runner, "read the noted options", file, &record); err != nil {
		return err
	}
	if loaded {
		record[pluginNote] = savedOption{To: "loaded"}
	} else {
		delete(record, pluginNote)
	}
	if len(record) == 0 {
		return replica.DropState(ctx, m.primary.Node.Runner, file)
	}
	return replica.PutState(ctx, m.primary.Node.Runner, file, record)
}

// unloadPlugin unloads the clone plug-in, if it is there.
func unloadPlugin(ctx context.Context, f replication.Facts) error {
	out, err := ask(ctx, f, "look for the clone plug-in", pluginSQL)
	if err != nil || out != "1" {
		return err
	}
	return changePlugin(ctx, f, "unload the clone plug-in", "UNINSTALL PLUGIN clone")
}

const pluginSQL = "SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_name = 'clone' AND plugin_status = 'ACTIVE'"

// clone lets the target's own server fetch the data into a new folder, while it goes on serving its old data.
func (m making) clone() plan.Step {
	commands := []string{m.cloneSQL("…")}
	if !m.Ran {
		commands = []string{"systemctl start " + m.tn.Service, commands[0], "systemctl stop " + m.tn.Service}
	}
	return m.Step(plan.Step{
		ID: "seed", Server: m.To(), Title: "copy the data from " + m.From(), Lane: m.To(),
		Commands: commands,
		Done:     m.Swapped,
		Do:       m.copyByClone,
		Undo: plan.Undoable("stop the copy and delete it", func(ctx context.Context, report plan.Progress) error {
			report(0, 0, "waiting until MySQL has ended it, for a minute where it does not see "+m.From())
			if err := m.dropCopy(ctx); err != nil {
				return err
			}
			return m.asItWas(ctx)
		}),
	})
}

// asItWas stops a server again that was started for the copy alone.
func (m making) asItWas(ctx context.Context) error {
	if m.Ran {
		return nil
	}
	if copied, err := m.InPlace(ctx); err != nil || copied {
		return err
	}
	return m.Target.Stop(ctx)
}

// cloneSQL is the statement; the server wants to make the folder itself.
func (m making) cloneSQL(password string) string {
	return fmt.Sprintf("CLONE INSTANCE FROM %s:%d IDENTIFIED BY %s DATA DIRECTORY = %s REQUIRE %s",
		user(m.Name, m.Link.Address), m.pn.Port, quoted(password), quoted(m.NewDir()+"/data"), replica.Choose(m.encrypted(), "SSL", "NO SSL"))
}

func (m making) copyByClone(ctx context.Context, report plan.Progress) error {
	if err := m.Target.StartIfDown(ctx); err != nil {
		return err
	}
	if err := m.MakeNew(ctx, m.NewDir()); err != nil {
		return err
	}
	password, err := m.password(ctx)
	if err != nil {
		return err
	}
	options, err := adminOptions(m.target.Node)
	if err != nil {
		return err
	}
	at, err := m.cloneSide(ctx)
	if err != nil {
		return err
	}
	before, after := m.cloneSessions(password, at)
	secrets := map[string][]byte{"clone.sql": []byte(before), "after.sql": []byte(after)}
	if options != "" {
		secrets["admin.cnf"] = []byte(options)
	}
	j, err := job.Start(ctx, m.target.Node.Runner, job.Spec{
		ID: m.JobID(), Title: "copy the data from " + m.From(), Script: ownScript + endCloneScript + cloneScript,
		Args:    []string{m.tn.Client, m.tn.Socket, m.NewDir(), m.tn.DataDir, m.From(), m.Link.Address, strconv.Itoa(m.pn.Port)},
		Secrets: secrets, Grace: cloneGrace,
	})
	if err != nil {
		return err
	}
	if err := j.Follow(ctx, report); err != nil {
		return err
	}
	return m.asItWas(ctx)
}

// cloneSide is what of a server decides on what it has to be given for a clone. It is asked now: it may have been down until a
// moment ago.
type cloneSide struct {
	plugin  bool
	locked  bool      // super_read_only
	charset [2]string // and its collation
}

func (m making) cloneSide(ctx context.Context) (cloneSide, error) {
	answers, err := askAll(ctx, m.target, "look for the clone plug-in and what keeps it from being loaded", pluginSQL,
		"SELECT @@GLOBAL.super_read_only", "SELECT @@GLOBAL.character_set_server", "SELECT @@GLOBAL.collation_server")
	if err != nil {
		return cloneSide{}, err
	}
	return cloneSide{plugin: answers[0] != "0", locked: answers[1] == "1", charset: [2]string{answers[2], answers[3]}}, nil
}

// cloneSessions are the session that clones, with TLS as the replica will use it, after it told its number, and the one that
// puts back what it needed: the plug-in, which a server that is read-only for administrators too lets nobody load, and the
// character set and collation of the donor, which CLONE wants both to have ("Remote Cloning Prerequisites").
func (m making) cloneSessions(password string, at cloneSide) (before, after string) {
	ca := "''"
	if m.Between {
		ca = quoted(m.rootCert())
	}
	load, unload := "", ""
	if !at.plugin {
		load, unload = clonePlugin+";\n", "UNINSTALL PLUGIN clone;\n"
		if at.locked {
			const off, on = "SET GLOBAL super_read_only = OFF;\n", "SET GLOBAL super_read_only = ON;\n"
			load, unload = off+load+on, off+unload+on
		}
	}
	for i, name := range []string{"character_set_server", "collation_server"} {
		if want, have := m.pn.value(name), at.charset[i]; want != "" && want != have {
			load += fmt.Sprintf("SET GLOBAL %s = %s;\n", name, quoted(want))
			unload += fmt.Sprintf("SET GLOBAL %s = %s;\n", name, quoted(have))
		}
	}
	const local = "SET SESSION sql_log_bin = 0;\n"
	before = fmt.Sprintf("SELECT CONNECTION_ID();\n%s%sSET GLOBAL clone_valid_donor_list = %s;\nSET GLOBAL clone_ssl_ca = %s;\nSET GLOBAL clone_max_network_bandwidth = %d;\n%s;\n",
		local, load, quoted(m.source()), ca, (m.Options.MaxRate+1<<20-1)>>20, m.cloneSQL(password))
	return before, local + "SET GLOBAL clone_valid_donor_list = DEFAULT, clone_ssl_ca = DEFAULT, clone_max_network_bandwidth = DEFAULT;\n" + unload
}
