package mongodb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/pkg/remote"
)

// patience is how long a command may take that is to answer at once.
const patience = 60 * time.Second

// session is a connection to one mongod, made from its own server.
type session struct {
	runner   remote.Runner
	readOnly bool
	login    *options.Credential // nil where nobody logged in
	client   *mongo.Client
	ctx      context.Context // ends with the session, or when its server cannot be dialled any more
	end      context.CancelCauseFunc
}

// reads are the commands that change nothing: all that a session may say which only looks.
var reads = []string{
	"hello", "isMaster", "buildInfo", "hostInfo", "getCmdLineOpts", "getParameter", "serverStatus", "currentOp", "connectionStatus",
	"replSetGetStatus", "replSetGetConfig", "listDatabases", "listCollections", "listIndexes", "dbStats", "collStats", "find", "count",
}

// dialSession connects to the mongod at a port of the runner's server.
func dialSession(r remote.Runner, port int, login *options.Credential, readOnly bool) (*session, error) {
	s := &session{runner: r, readOnly: readOnly, login: login}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	o := options.Client().SetHosts([]string{net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}).SetDirect(true).SetDialer(s).
		SetAppName("belt").SetServerMonitoringMode("poll").SetMaxPoolSize(4).SetRetryReads(false).SetRetryWrites(false).
		SetCompressors([]string{"zstd", "snappy"}). // what verify reads comes a long way; mongod has both by default
		SetServerSelectionTimeout(10 * time.Second).SetMonitor(&event.CommandMonitor{Started: s.started})
	if login != nil {
		o.SetAuth(*login)
	}
	var err error
	if s.client, err = mongo.Connect(o); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Server(), err)
	}
	return s, nil
}

// DialContext is the driver's way to the server. What keeps it from getting there ends the session: the driver would try
// again for ten seconds.
func (s *session) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := remote.Dial(ctx, s.runner, remote.Tunnel{Address: address, ReadOnly: s.readOnly})
	if err != nil && ctx.Err() == nil {
		s.end(err)
	}
	return conn, err
}

// started puts a command into the trace; those of logins are empty here.
func (s *session) started(_ context.Context, e *event.CommandStartedEvent) {
	if elements, err := e.Command.Elements(); err == nil && len(elements) > 0 {
		remote.Record(s.runner, fmt.Sprintf("%s: %s", e.DatabaseName, brief(elements)))
	}
}

// brief is a command without what every command has.
func brief(elements []bson.RawElement) string {
	var d bson.D
	for _, e := range elements {
		if !slices.Contains([]string{"$db", "lsid", "$clusterTime", "$readPreference"}, e.Key()) {
			d = append(d, bson.E{Key: e.Key(), Value: e.Value()})
		}
	}
	text, err := bson.MarshalExtJSON(d, false, false)
	if err != nil {
		return elements[0].Key()
	}
	return string(text)
}

func (s *session) close() {
	s.end(errors.New("the session is over"))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.client.Disconnect(ctx) // there is nothing to be done about an error
}

// bound is ctx, ended by the session's end too and after its patience.
func (s *session) bound(ctx context.Context, most time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	late := time.AfterFunc(most, func() { cancel(fmt.Errorf("%s: mongod gave no answer within %s", s.runner.Server(), most)) })
	return ctx, func() { stop(); late.Stop(); cancel(nil) }
}

// ask runs a command that only reads. into may be nil.
func (s *session) ask(ctx context.Context, db string, cmd bson.D, into any) error {
	if !slices.Contains(reads, cmd[0].Key) {
		return &remote.GuardError{Server: s.runner.Server(), Title: cmd[0].Key}
	}
	return s.say(ctx, db, cmd, into)
}

// tell runs a command that changes something.
func (s *session) tell(ctx context.Context, db string, cmd bson.D) error {
	if s.readOnly {
		return &remote.GuardError{Server: s.runner.Server(), Title: cmd[0].Key}
	}
	return s.say(ctx, db, cmd, nil)
}

func (s *session) say(ctx context.Context, db string, cmd bson.D, into any) error {
	return s.sayWithin(ctx, patience, db, cmd, into)
}

func (s *session) sayWithin(ctx context.Context, most time.Duration, db string, cmd bson.D, into any) error {
	ctx, cancel := s.bound(ctx, most)
	defer cancel()
	reply := s.client.Database(db).RunCommand(ctx, cmd)
	err := reply.Err()
	if err == nil && into != nil {
		err = reply.Decode(into)
	}
	if err == nil {
		return nil
	}
	return s.explain(ctx, cmd[0].Key, err)
}

// explain says on which server a command failed, and why.
func (s *session) explain(ctx context.Context, command string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s: %s: %w", s.runner.Server(), command, err)
}

// The codes of errors that mean something here.
const (
	codeUnauthorized       = 13
	codeAuthentication     = 18
	codeAlreadyInitialized = 23
	codeCommandNotFound    = 59
	codeNoReplication      = 76
	codeInvalidConfig      = 93
	codeNotInitialized     = 94
	codeIncompatible       = 103
	codeConfigInProgress   = 109
	codeUnknownFCV         = 258
	codeNotCommitted       = 308
	codeNotWritable        = 10107
	codeNotReadable        = 13436
)

// failed tells whether the server refused with one of the codes.
func failed(err error, codes ...int32) bool {
	e, ok := errors.AsType[mongo.CommandError](err)
	return ok && slices.Contains(codes, e.Code)
}

// denied tells whether the server refused a login; the driver hides the code.
func denied(err error) bool {
	return err != nil && (failed(err, codeAuthentication) || strings.Contains(err.Error(), "(AuthenticationFailed)"))
}
