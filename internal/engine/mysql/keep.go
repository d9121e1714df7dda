package mysql

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/unstream.sh
	unstreamScript string
	//go:embed scripts/clonelocal.sh
	cloneLocalScript string
	//go:embed scripts/untar.sh
	untarScript string
	//go:embed scripts/tryout.sh
	tryoutScript string
)

// How backups are made.
const (
	methodBackup = "mariadb-backup"
	methodClone  = "clone"
)

// Backup streams the data: of mariadb-backup, or of a local CLONE.
func (e *Engine) Backup(source replication.Facts) (replication.BackupTool, error) {
	n := nativeOf(source)
	options, err := adminOptions(source.Node)
	if err != nil {
		return replication.BackupTool{}, err
	}
	tool := replication.BackupTool{Bytes: n.dataBytes(), Secrets: map[string][]byte{}}
	if options != "" {
		tool.Secrets["admin.cnf"] = []byte(options)
	}
	if e.flavour == mariaDB {
		tool.Method, tool.Script, tool.Args = methodBackup, backupScript, []string{n.Socket, "2"}
		tool.Commands = []string{"mariadb-backup --backup --stream=xbstream --parallel=2"}
		return tool, nil
	}
	if !n.has(cloneFolder) {
		return tool, fmt.Errorf("%s: MySQL %s has no CLONE: 8.0.17 and later have", source.Node.Label, source.Version)
	}
	if n.survey != nil && n.survey.FreeBytes < tool.Bytes {
		return tool, fmt.Errorf("%s: CLONE writes a copy beside the data before it is sent: it needs %s, and there are %s", source.Node.Label, replica.Size(tool.Bytes), replica.Size(n.survey.FreeBytes))
	}
	folder := n.DataDir + ".belt-backup"
	tool.Method, tool.Script, tool.Args = methodClone, endCloneScript+cloneLocalScript, []string{n.Client, n.Socket, folder, n.Owner}
	tool.Commands = []string{"CLONE LOCAL DATA DIRECTORY = '" + folder + "/data'", "tar -c " + folder + "/data"}
	return tool, nil
}

// Rebuild makes a data folder of a backup.
func (e *Engine) Rebuild(on replication.Facts, method string) (replication.RebuildTool, error) {
	n := nativeOf(on)
	tool := replication.RebuildTool{Check: tryoutScript, CheckArgs: append([]string{n.Program, n.Client, n.Owner}, e.tryoutOptions(n)...), Beside: n.DataDir}
	if n.survey != nil {
		tool.Free = n.survey.FreeBytes
	}
	switch {
	case method == methodBackup && e.flavour == mariaDB:
		proof, _ := mariaDB.find(positionFile, n.version)
		tool.Extract, tool.ExtractArgs = "set -eu\n"+unstreamScript+prepareScript, []string{n.Owner, proof, n.DataDir}
		tool.Commands = []string{"mbstream --extract", "mariadb-backup --prepare"}
	case method == methodClone && e.flavour == mySQL:
		tool.Extract, tool.ExtractArgs = ownScript+untarScript, []string{n.Owner, n.DataDir}
		tool.Commands = []string{"tar -x"}
	default:
		return tool, fmt.Errorf("the backup was made by %s, which this belt does not know for %s", method, e.flavour.title())
	}
	return tool, nil
}

// tryoutOptions are what a server needs to read the data, and what it must not do with it.
func (e *Engine) tryoutOptions(n *native) []string {
	options := []string{n.words(stayApart)}
	if e.flavour == mariaDB {
		options = append(options, "--innodb-flush-log-at-trx-commit=0")
	} else {
		options = append(options, "--mysqlx=OFF")
	}
	for _, name := range []string{"innodb_page_size", "innodb_data_file_path", "innodb_undo_tablespaces", "lower_case_table_names"} {
		if v := n.value(name); v != "" && (e.flavour == mariaDB || name != "innodb_undo_tablespaces") {
			options = append(options, "--"+name+"="+v)
		}
	}
	return options
}

// PlanRestore puts a backup in the place of the data folder.
func (e *Engine) PlanRestore(req replication.RestoreRequest) (plan.Plan, error) {
	target := req.Targets[0]
	n := nativeOf(target)
	into, err := e.Rebuild(target, req.Method)
	if err != nil {
		return plan.Plan{}, err
	}
	proof := "mysql.ibd"
	if e.flavour == mariaDB {
		proof, _ = mariaDB.find(positionFile, n.version)
	}
	r := replica.Restore{
		Request: req, Instance: instanceOf(target), Name: accountName(target.Node), Into: into, Room: into.Free, Used: instanceOf(target).Used,
		Swap: replica.Swap{Guard: guardScript, Args: []string{proof}, Kept: keptOptions{Options: n.options(), Note: json.RawMessage(n.Notes.Written)}},
	}
	asItWas := func(context.Context) error { return nil }
	if req.Method == methodClone && n.DropIns != "" {
		asItWas = startApart(&r.Swap, target)
	}
	r.Started = func(ctx context.Context, _ plan.Progress) error {
		m, sql := making{engine: e, target: target, tn: n}, strings.Builder{}
		// It has the accounts of every replica that there was when the backup was taken, too.
		fmt.Fprintf(&sql, "%s;\n%s;\n", n.words(stopThreads), n.words(forgetSource))
		if err := m.dropCopiedAccounts(ctx, &sql); err != nil {
			return err
		}
		if err := m.writably(ctx, "end what was replication where the backup was taken", sql.String()); err != nil {
			return err
		}
		return asItWas(ctx)
	}
	of := parseVersion(req.Version)
	r.Check("version", n.version.series() == of.series(), "take a server with "+e.flavour.title()+" "+of.series(),
		"the backup is of %s, the server has %s", req.Version, target.Version)
	if e.flavour == mariaDB {
		r.Check("tools", len(n.Missing) == 0, "install mariadb-backup there", "mariadb-backup is there")
	}
	if n.survey != nil {
		r.Check("layout", !n.survey.Mount, "", "the data folder can be renamed")
	}
	return r.Plan()
}

// startApart has the restored data start without following. The clone of a replica knows its primary (MySQL keeps that in
// tables), and would apply what came after the backup. The returned function lets it start as it is, from then on.
func startApart(s *replica.Swap, target replication.Facts) func(context.Context) error {
	n := nativeOf(target)
	options := n.options()
	asItWas := func(ctx context.Context) error { return writeOptions(ctx, target, options) }
	name := strings.ReplaceAll(strings.TrimPrefix(n.words(stayApart), "--"), "-", "_")
	s.Commands = []string{"to " + n.dropIn() + ", until it has forgotten whom it followed: " + name + " = ON"}
	s.Configure = func(ctx context.Context) error {
		apart := maps.Clone(options)
		apart[name] = "ON"
		return writeOptions(ctx, target, apart)
	}
	s.Unconfigure = asItWas
	return asItWas
}
