package mongodb

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

var (
	//go:embed scripts/scratch.sh
	scratchScript string
	//go:embed scripts/extract.sh
	extractScript string
	//go:embed scripts/tryout.sh
	tryoutScript string
)

// Rebuild makes a data folder of an archive, by a mongod of its own.
func (e *Engine) Rebuild(on replication.Facts, method string) (replication.RebuildTool, error) {
	if err := tools(on); err != nil {
		return replication.RebuildTool{}, err
	}
	return rebuild(on, method)
}

func rebuild(on replication.Facts, method string) (replication.RebuildTool, error) {
	n := nativeOf(on)
	if method != methodDump {
		return replication.RebuildTool{}, fmt.Errorf("the backup was made by %s, which this belt does not know for MongoDB", method)
	}
	if n.option("security.enableEncryption") == "true" {
		return replication.RebuildTool{}, &unable{on.Node.Label + ": mongod encrypts its files there, and Belt would make plain ones", "name a server that does not with --server"}
	}
	tool := replication.RebuildTool{
		As: n.Owner, Extract: scratchScript + extractScript, Check: scratchScript + tryoutScript, Beside: n.DataDir,
		ExtractArgs: append([]string{n.Program}, n.layout()...), CheckArgs: append([]string{n.Program}, n.layout()...),
		Commands: []string{"mongod --dbpath the new folder", "mongorestore --archive --oplogReplay --stopOnError"},
	}
	if n.survey != nil {
		tool.Free = n.survey.FreeBytes
	}
	return tool, nil
}

// layout are the options with which a mongod lays out its data folder; one that has others in its configuration does not
// start on it.
func (n *native) layout() []string {
	var out []string
	if n.option("storage.directoryPerDB") == "true" {
		out = append(out, "--directoryperdb")
	}
	if n.option("storage.wiredTiger.engineConfig.directoryForIndexes") == "true" {
		out = append(out, "--wiredTigerDirectoryForIndexes")
	}
	return out
}

// PlanRestore puts a backup in the place of the data folder. An archive has no set: one that mongod.conf asks for is made
// anew, of this server alone.
func (e *Engine) PlanRestore(req replication.RestoreRequest) (plan.Plan, error) {
	target := req.Targets[0]
	n := nativeOf(target)
	into, err := rebuild(target, req.Method)
	if err != nil {
		return plan.Plan{}, err
	}
	r := replica.Restore{
		Request: req, Instance: instanceOf(target), Name: replicaName(target.Node), Into: into, Room: into.Free, Used: instanceOf(target).Used,
		Swap: replica.Swap{Guard: `ready() { [ -s "$new/WiredTiger" ] || fail "there is no whole data folder in $new"; }` + "\n" + stoppedFunction},
	}
	if n.setName() != "" {
		r.Started = func(ctx context.Context, report plan.Progress) error {
			report(0, 0, "making it a set of one")
			return newSet(target).makeSet(ctx)
		}
	}
	missing := tools(target)
	detail, hint := "mongodump and mongorestore are there", ""
	if why, ok := errors.AsType[*unable](missing); ok {
		detail, hint = why.text, why.fix
	}
	r.Check("tools", missing == nil, hint, "%s", detail)
	r.Check("version", series(target.Version) == series(req.Version), "take a server with MongoDB "+series(req.Version),
		"the backup is of %s, the server has %s", req.Version, target.Version)
	if n.survey != nil {
		r.Check("layout", !n.survey.Mount, "", "the data folder can be renamed")
	}
	others := max(len(n.Config.members())-1, 0)
	r.Check("members", !n.inSet() || others == 0, "take them out of the set: belt db replicate disable",
		"%s", replica.Choose(others == 0, "no other member is in a set with it", fmt.Sprintf("%d other members are in its set, and could not follow the restored data", others)))
	p, err := r.Plan()
	if err == nil && len(p.Steps) > 0 && n.setName() != "" {
		p.Notes = append(p.Notes, fmt.Sprintf("%s: its set %s is made anew, of it alone: change streams begin from there", target.Node.Label, n.setName()))
	}
	return p, err
}

// newSet makes a server that is started for a set its primary and only member, by the name that it had in the one before.
func newSet(f replication.Facts) converter {
	n := nativeOf(f)
	c := conversion{set: n.setName(), host: hostPort(f.Node.Internal, n.Port), initiate: true, keyFile: n.option(keyFileSetting)}
	if n.Hello.Me != "" {
		c.host = n.Hello.Me
	}
	return converter{Instance: instanceOf(f), conversion: c}
}
