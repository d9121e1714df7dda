package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// door is where and how Belt gets into a mongod.
type door struct {
	node    replication.Node
	port    int
	keyFile string // as its configuration has it; empty for none
}

// open connects, and logs in where that is asked for: as the members of the set do, with the keyfile, which root may read,
// or else as the inventory's admin account. The options that the mongod was started with come along.
//
// The keyfile comes first, for it opens everything: the role root may not read admin.system.keys and system.views, which are
// to be the same on all members; and a member that has not copied the accounts yet knows nothing else.
func (d door) open(ctx context.Context, readOnly bool) (*session, commandLine, error) {
	s, line, err := d.enter(ctx, nil, readOnly)
	if !failed(err, codeUnauthorized) {
		return s, line, err
	}
	refusal := &loginError{d.node.Label, errors.New("authorization is on, and belt.yaml has no admin: account for it")}
	for _, way := range []func() (*options.Credential, error){func() (*options.Credential, error) { return d.member(ctx) }, d.admin} {
		login, err := way()
		if err != nil {
			return nil, line, err
		}
		if login == nil {
			continue
		}
		s, line, err := d.enter(ctx, login, readOnly)
		if err == nil || !denied(err) && !failed(err, codeUnauthorized) {
			return s, line, err
		}
		refusal.why = fmt.Errorf("the account %q: %w", login.Username, err)
	}
	return nil, line, refusal
}

// loginError says that Belt cannot get into a mongod that asks for a login.
type loginError struct {
	server string
	why    error
}

func (e *loginError) Error() string { return e.server + ": " + e.why.Error() }
func (e *loginError) Unwrap() error { return e.why }

// Hint is the next step for the user.
func (e *loginError) Hint() string {
	return "give the database an account with the role root in belt.yaml: admin: {username: …, password_file: …}"
}

// enter connects with one login, and proves it by a question that needs it.
func (d door) enter(ctx context.Context, login *options.Credential, readOnly bool) (*session, commandLine, error) {
	var line commandLine
	s, err := dialSession(d.node.Runner, d.port, login, readOnly)
	if err != nil {
		return nil, line, err
	}
	if err := s.ask(ctx, "admin", bson.D{{Key: "getCmdLineOpts", Value: 1}}, &line); err != nil {
		s.close()
		return nil, line, err
	}
	return s, line, nil
}

// admin is the inventory's account; nil when it names none.
func (d door) admin() (*options.Credential, error) {
	set := d.node.Settings
	if set.AdminUser == "" {
		return nil, nil
	}
	login := &options.Credential{AuthSource: "admin", Username: set.AdminUser}
	if set.AdminPassword != nil {
		password, err := set.AdminPassword()
		if err != nil {
			return nil, fmt.Errorf("%s: the admin account: %w", d.node.Label, err)
		}
		login.Password = password
	}
	return login, nil
}

// member is the account that the keyfile gives: that of the set's own members. It is nil where there is no keyfile, or not yet.
func (d door) member(ctx context.Context) (*options.Credential, error) {
	if d.keyFile == "" {
		return nil, nil
	}
	text, err := remote.ReadFile(ctx, d.node.Runner, "root", d.keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &options.Credential{AuthSource: "local", AuthMechanism: "SCRAM-SHA-256", Username: "__system", Password: keyOf(string(text))}, nil
}

// keyOf is the first key of a keyfile, without the white space that mongod ignores. A file with several is YAML: a key, or
// a list of keys, one a line (since 4.2).
func keyOf(text string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			return strings.Trim(strings.TrimSpace(rest), `"'`)
		}
	}
	return strings.Join(strings.Fields(text), "")
}
