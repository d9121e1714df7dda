package mongotest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// refusal is an error of a command.
type refusal struct {
	code int32
	name string
	text string
}

func (r *refusal) Error() string { return fmt.Sprintf("(%s) %s", r.name, r.text) }

func refuse(code int32, name, format string, args ...any) error {
	return &refusal{code, name, fmt.Sprintf(format, args...)}
}

// request is a command with its database.
type request struct {
	*conn
	name string
	db   string
	cmd  bson.D
	arg  any // the value of the command's own key
}

// command is what the double knows.
type command struct {
	do      func(*request) (bson.D, error)
	takes   string // the keys that it may have, beside its own and those that any command may have
	open    bool   // needs no login
	local   bool   // passes under the localhost exception
	writes  bool   // needs a primary or a standalone
	reads   bool   // needs a member that has data
	changes bool   // something between members may have changed
}

// anywhere are the keys that every command may have.
var anywhere = []string{"$db", "lsid", "$clusterTime", "$readPreference", "maxTimeMS", "comment", "readConcern", "writeConcern"}

// commands are all that the double answers. Their names do not mind capitals where the real ones do not.
var commands map[string]command

func init() {
	greeting := "helloOk topologyVersion maxAwaitTimeMS client compression backpressure saslSupportedMechs speculativeAuthenticate loadBalanced hello"
	commands = map[string]command{
		"hello":            {do: (*request).hello, takes: greeting, open: true},
		"isMaster":         {do: (*request).isMaster, takes: greeting, open: true},
		"ismaster":         {do: (*request).isMaster, takes: greeting, open: true},
		"ping":             {do: nothing, open: true},
		"endSessions":      {do: nothing, open: true},
		"saslStart":        {do: (*request).saslStart, takes: "mechanism payload options autoAuthorize db", open: true},
		"saslContinue":     {do: (*request).saslContinue, takes: "conversationId payload", open: true},
		"connectionStatus": {do: (*request).connectionStatus, takes: "showPrivileges", open: true},
		"buildInfo":        {do: (*request).buildInfo, open: true},
		"hostInfo":         {do: (*request).hostInfo},
		"getCmdLineOpts":   {do: (*request).getCmdLineOpts},
		"getParameter":     {do: (*request).getParameter, takes: "featureCompatibilityVersion initialSyncTransientErrorRetryPeriodSeconds"},
		"serverStatus":     {do: (*request).serverStatus, takes: "wiredTiger metrics tcmalloc locks repl"},
		"currentOp":        {do: (*request).currentOp, takes: "$all $ownOps active"},
		"shutdown":         {do: (*request).shutdown, takes: "force timeoutSecs"},

		"replSetInitiate":    {do: (*request).initiate, local: true, changes: true},
		"replSetReconfig":    {do: (*request).reconfig, takes: "force", local: true, changes: true},
		"replSetGetStatus":   {do: (*request).status, takes: "initialSync", local: true},
		"replSetGetConfig":   {do: (*request).getConfig},
		"replSetStepDown":    {do: (*request).stepDown, takes: "secondaryCatchUpPeriodSecs force", changes: true},
		"replSetResizeOplog": {do: (*request).resizeOplog, takes: "size minRetentionHours"},
		"listDatabases":      {do: (*request).listDatabases, takes: "nameOnly filter", reads: true},
		"listCollections":    {do: (*request).listCollections, takes: "filter nameOnly cursor", reads: true},
		"listIndexes":        {do: (*request).listIndexes, takes: "cursor", reads: true},
		"dbStats":            {do: (*request).dbStats, takes: "scale", reads: true},
		"collStats":          {do: (*request).collStats, takes: "scale", reads: true},
		"dbHash":             {do: (*request).dbHash, takes: "collections", reads: true},
		"count":              {do: (*request).count, takes: "query", reads: true},
		"validate":           {do: (*request).validate, reads: true},
		"find":               {do: (*request).find, takes: "filter sort projection limit batchSize singleBatch hint min max allowDiskUse", reads: true},
		"getMore":            {do: (*request).getMore, takes: "collection batchSize"},
		"killCursors":        {do: (*request).killCursors, takes: "cursors"},
		"insert":             {do: (*request).insert, takes: "documents ordered", writes: true},
		"update":             {do: (*request).update, takes: "updates ordered", writes: true},
		"delete":             {do: (*request).delete, takes: "deletes ordered", writes: true},
		"create":             {do: (*request).create, takes: "capped size max viewOn pipeline collation validator", writes: true},
		"createIndexes":      {do: (*request).createIndexes, takes: "indexes commitQuorum", writes: true},
		"dropIndexes":        {do: (*request).dropIndexes, takes: "index", writes: true},
		"drop":               {do: (*request).drop, writes: true},
		"dropDatabase":       {do: (*request).dropDatabase, writes: true},
		"createUser":         {do: (*request).createUser, takes: "pwd roles mechanisms", writes: true, local: true},

		"grantRolesToUser":    {do: (*request).grantRoles, takes: "roles", writes: true},
		"revokeRolesFromUser": {do: (*request).revokeRoles, takes: "roles", writes: true},
	}
}

func nothing(*request) (bson.D, error) { return nil, nil }

// run answers one command; the world is locked.
func (c *conn) run(cmd bson.D) bson.Raw {
	w := c.process.server.world
	if len(cmd) == 0 {
		w.t.Errorf("%s: an empty command", c.process.server.key())
		return marshal(bson.D{{Key: "ok", Value: 0.0}})
	}
	r := &request{conn: c, name: cmd[0].Key, cmd: cmd[1:], arg: cmd[0].Value}
	r.db, _ = value(cmd, "$db").(string)
	known, ok := commands[r.name]
	if r.name == "hello" && !w.greets() {
		return r.failed(refuse(59, "CommandNotFound", "no such command: 'hello'"))
	}
	if !ok {
		if !slices.Contains(unknownToAll, r.name) {
			w.t.Errorf("%s: a command that this mongod does not know: %v", c.process.server.key(), cmd)
		}
		return r.failed(refuse(59, "CommandNotFound", "no such command: '%s'", r.name))
	}
	takes := append(strings.Fields(known.takes), anywhere...)
	for _, e := range r.cmd {
		if !slices.Contains(takes, e.Key) {
			w.t.Errorf("%s: %s with %s, which this mongod does not know", c.process.server.key(), r.name, e.Key)
		}
	}
	if err := r.allowed(known); err != nil {
		return r.failed(err)
	}
	member := c.process.store.config != nil
	reply, err := known.do(r)
	if err != nil {
		return r.failed(err)
	}
	if known.writes || known.changes {
		w.settle()
	}
	reply = append(reply, bson.E{Key: "ok", Value: 1.0})
	if member {
		reply = append(reply, r.gossip()...)
	}
	if r.name == "replSetGetStatus" {
		defer r.process.advance()
	}
	return marshal(reply)
}

// unknownToAll are commands that no mongod has; the recordings ask for them.
var unknownToAll = []string{"nosuch", "listSessions"}

func (r *request) secondaryOk() bool {
	pref, _ := value(r.cmd, "$readPreference").(bson.D)
	mode, _ := value(pref, "mode").(string)
	return mode != "" && mode != "primary"
}

// failed is the reply to a command that failed.
func (r *request) failed(err error) bson.Raw {
	why, ok := errors.AsType[*refusal](err)
	if !ok {
		r.process.server.world.t.Errorf("%s: %s: %v", r.process.server.key(), r.name, err)
		why = &refusal{8, "UnknownError", err.Error()}
	}
	var d bson.D
	if slices.Contains([]int32{10107, 13435, 13436}, why.code) {
		d = append(d, r.process.topologyVersion())
	}
	g := r.gossip()
	if len(g) == 2 {
		d = append(d, g[1])
	}
	d = append(d, bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: why.text}, {Key: "code", Value: why.code}, {Key: "codeName", Value: why.name}}...)
	if len(g) == 2 {
		d = append(d, g[0])
	}
	return marshal(d)
}

// gossip is the time of the cluster, which members that have data add to each reply.
func (r *request) gossip() bson.D {
	p := r.process
	if p.set == "" || p.store.applied == never || p.state != primary && p.state != secondary && p.state != recovery || p.store.config == nil {
		return nil
	}
	return bson.D{
		{Key: "$clusterTime", Value: bson.D{
			{Key: "clusterTime", Value: p.store.applied.ts},
			{Key: "signature", Value: bson.D{{Key: "hash", Value: bson.Binary{Data: make([]byte, 20)}}, {Key: "keyId", Value: int64(0)}}},
		}},
		{Key: "operationTime", Value: p.store.applied.ts},
	}
}

func (p *process) topologyVersion() bson.E {
	return bson.E{Key: "topologyVersion", Value: bson.D{{Key: "processId", Value: p.id}, {Key: "counter", Value: p.counter}}}
}
