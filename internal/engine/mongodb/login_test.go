package mongodb

import (
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/replication"
)

// Where clients log in they go on logging in, on the replica and on what becomes of it, too.
func TestAuthorizationStays(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.secure()
	s.do(commandEnable, replication.Options{})
	if r := s.replica(); r.State != replication.Streaming {
		t.Fatalf("%s: %s", r.State, r.Problem)
	}
	for _, m := range s.members {
		if conf, _ := m.File(mongotest.Conf); strings.Contains(conf, "transitionToAuth") {
			t.Errorf("%s lets in who does not log in:\n%s", m.Name, conf)
		}
	}
	s.do(commandDisable, replication.Options{Standalone: true})
	for _, m := range s.members {
		conf, _ := m.File(mongotest.Conf)
		if !strings.Contains(conf, "authorization: enabled") || strings.Contains(conf, "keyFile") || strings.Contains(conf, "replSetName") {
			t.Errorf("%s afterwards:\n%s", m.Name, conf)
		}
	}
	if top := s.status(); len(top.Standalone) != 1 || len(top.Replicas) != 0 || len(top.Problems) > 0 || len(top.Leftovers) > 0 {
		t.Errorf("%+v", top)
	}
}

// Without an account there is no way in, and the message says which one is wanted.
func TestLoginIsAskedFor(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.primary().Secure()
	f := s.facts(replication.Glance)[0]
	if f.Err == nil || !strings.Contains(f.Err.Error(), "db1: authorization is on, and belt.yaml has no admin: account for it") || f.Running {
		t.Errorf("%v, running %v", f.Err, f.Running)
	}
	s.primary().Settings.AdminUser, s.primary().Settings.AdminPassword = "root", func() (string, error) { return "wrong", nil }
	if f = s.facts(replication.Glance)[0]; f.Err == nil || !strings.Contains(f.Err.Error(), `the account "root"`) {
		t.Errorf("with a wrong password: %v", f.Err)
	}
}

// A set that has accounts and a keyfile of its own is joined as it is, and keeps both.
func TestSecuredSetIsJoined(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.secure()
	s.primary().Keyfile("/etc/mongo.key", "c2VjcmV0IG9mIHRoZSBzZXQ=")
	s.primary().Initiate("mine", "10.0.0.21:27017")
	started := s.primary().Started()
	s.do(commandEnable, replication.Options{})
	if r := s.replica(); r.State != replication.Streaming || s.primary().Started() != started {
		t.Fatalf("%s: %s; the primary restarted: %v", r.State, r.Problem, s.primary().Started() != started)
	}
	if key, _ := s.target().File("/etc/mongod-27017.belt-key"); key != "c2VjcmV0IG9mIHRoZSBzZXQ=" {
		t.Errorf("the replica's key is %q", key)
	}
	s.do(commandDisable, replication.Options{Standalone: true})
	conf, _ := s.primary().File(mongotest.Conf)
	if !strings.Contains(conf, "keyFile: /etc/mongo.key") || strings.Contains(conf, "replSetName") {
		t.Errorf("the primary's mongod.conf:\n%s", conf)
	}
	if top := s.status(); len(top.Standalone) != 1 || len(top.Replicas) != 0 || len(top.Problems) > 0 || len(top.Leftovers) > 0 {
		t.Errorf("%+v", top)
	}
}

// A server that listens to itself and asks nobody to log in is not opened to the network without a word.
func TestExposureIsRefused(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	for _, m := range s.members {
		m.Conf(func(text string) string { return strings.Replace(text, ","+m.Internal, "", 1) })
	}
	if got := s.refused(commandEnable, replication.Options{}); !strings.Contains(got, "exposure db1: it asks nobody to log in") {
		t.Errorf("refused: %q", got)
	}
	s.do(commandEnable, replication.Options{SkipChecks: []string{"exposure"}})
	if r := s.replica(); r.State != replication.Streaming {
		t.Errorf("%s: %s", r.State, r.Problem)
	}
	conf, _ := s.target().File(mongotest.Conf)
	if !strings.Contains(conf, `bindIp: "127.0.0.1,10.0.0.22"`) {
		t.Errorf("the replica listens:\n%s", conf)
	}
}

// The role root may not drop the database local: it gives itself the role for that, and keeps nothing of it.
func TestAdminKeepsItsRoles(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.secure()
	s.do(commandEnable, replication.Options{})
	s.do(commandDisable, replication.Options{Standalone: true})
	for _, m := range s.members {
		data := s.Snapshot()[m.App+"/"+m.Name+" /var/lib/mongodb/WiredTiger"]
		if !strings.Contains(data, `"roles": [{"role": "root","db": "admin"}]`) || strings.Contains(data, "dbAdmin") {
			t.Errorf("%s: %s", m.Name, data)
		}
	}
}

// A set that has a keyfile is entered with it, without an account; a server of its own that asks for a login is not.
func TestKeyfileIsEnough(t *testing.T) {
	s := newScene(t, commandEnable, "db2")
	s.secure()
	s.do(commandEnable, replication.Options{})
	for _, m := range s.members {
		m.Settings.AdminUser = ""
	}
	if r := s.replica(); r.State != replication.Streaming {
		t.Errorf("%s: %s", r.State, r.Problem)
	}
	s.do(commandResync, replication.Options{Method: methodFull})
	if got := s.refused(commandDisable, replication.Options{}); !strings.Contains(got, "authorization db2: it goes on asking for a login") {
		t.Errorf("refused: %q", got)
	}
}
