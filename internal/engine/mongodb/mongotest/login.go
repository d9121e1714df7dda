package mongotest

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// login is a SCRAM conversation under way.
type login struct {
	conversation *scram.ServerConversation
	db           string
	roles        []string
}

// account is a user as the server keeps it.
type account struct {
	stored scram.StoredCredentials
	roles  []string
}

const iterations = 4096 // fewer than the server's 15000: the least that drivers take

func credentials(name, password, salt string) scram.StoredCredentials {
	client, err := scram.SHA256.NewClient(name, password, "")
	if err != nil {
		panic(err)
	}
	return client.GetStoredCredentials(scram.KeyFactors{Salt: salt, Iters: iterations})
}

// find is a user by "db.name"; nil for none. The keyfile makes one of its own.
func (p *process) find(name string) *account {
	if name == "local.__system" && p.key != "" {
		return &account{stored: p.server.world.system(p.key), roles: []string{"__system"}}
	}
	for _, u := range p.store.users() {
		if u.Lookup("_id").StringValue() != name {
			continue
		}
		c := u.Lookup("credentials", "SCRAM-SHA-256")
		key := func(name string) []byte {
			out, err := base64.StdEncoding.DecodeString(c.Document().Lookup(name).StringValue())
			if err != nil {
				p.server.world.t.Errorf("%s: the credentials of %s: %v", p.server.key(), u.Lookup("_id"), err)
			}
			return out
		}
		a := &account{stored: scram.StoredCredentials{
			KeyFactors: scram.KeyFactors{Salt: string(key("salt")), Iters: iterations}, StoredKey: key("storedKey"), ServerKey: key("serverKey"),
		}}
		roles, _ := u.Lookup("roles").Array().Values()
		for _, r := range roles {
			name, db := r.Document().Lookup("role").StringValue(), r.Document().Lookup("db").StringValue()
			if db != "admin" {
				name += "@" + db
			}
			a.roles = append(a.roles, name)
		}
		return a
	}
	return nil
}

// system are the credentials of keyfiles: hashing is slow on purpose.
func (w *World) system(key string) scram.StoredCredentials {
	if w.systems == nil {
		w.systems = map[string]scram.StoredCredentials{}
	}
	if _, there := w.systems[key]; !there {
		w.systems[key] = credentials("__system", key, "salt of the keyfile")
	}
	return w.systems[key]
}

func payload(d bson.D) string {
	if b, ok := value(d, "payload").(bson.Binary); ok {
		return string(b.Data)
	}
	return ""
}

func denied() error { return refuse(18, "AuthenticationFailed", "Authentication failed.") }

func (r *request) saslStart() (bson.D, error) {
	if value(r.cmd, "mechanism") != "SCRAM-SHA-256" {
		return nil, denied() // what drivers try with a user whom the server does not know
	}
	l := &login{db: r.db}
	server, err := scram.SHA256.NewServer(func(user string) (scram.StoredCredentials, error) {
		a := r.process.find(r.db + "." + user)
		if a == nil {
			return scram.StoredCredentials{}, denied()
		}
		l.roles = a.roles
		return a.stored, nil
	})
	if err != nil {
		return nil, err
	}
	l.conversation = server.NewConversation()
	r.login = l
	return r.step(payload(r.cmd))
}

func (r *request) saslContinue() (bson.D, error) {
	if r.login == nil {
		return nil, refuse(17, "ProtocolError", "No SASL session state found")
	}
	if r.login.conversation.Done() { // the client acknowledges
		return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: true}, {Key: "payload", Value: bson.Binary{}}}, nil
	}
	return r.step(payload(r.cmd))
}

func (r *request) step(said string) (bson.D, error) {
	answer, err := r.login.conversation.Step(said)
	if err != nil {
		return nil, denied()
	}
	done := false
	if r.login.conversation.Done() {
		if !r.login.conversation.Valid() {
			return nil, denied()
		}
		r.user, r.roles = r.login.db+"."+r.login.conversation.Username(), r.login.roles
		done = true
	}
	return bson.D{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: done}, {Key: "payload", Value: bson.Binary{Data: []byte(answer)}}}, nil
}

func (r *request) connectionStatus() (bson.D, error) {
	users, roles := bson.A{}, bson.A{}
	if r.user != "" {
		db, name, _ := strings.Cut(r.user, ".")
		users = append(users, bson.D{{Key: "user", Value: name}, {Key: "db", Value: db}})
		for _, role := range r.roles {
			roles = append(roles, bson.D{{Key: "role", Value: role}, {Key: "db", Value: "admin"}})
		}
	}
	return bson.D{{Key: "authInfo", Value: bson.D{{Key: "authenticatedUsers", Value: users}, {Key: "authenticatedUserRoles", Value: roles}}}}, nil
}

func (r *request) createUser() (bson.D, error) {
	name, _ := r.arg.(string)
	password, _ := value(r.cmd, "pwd").(string)
	id := r.db + "." + name
	if r.process.find(id) != nil {
		return nil, refuse(51003, "Location51003", "User %q@%q already exists", name, r.db)
	}
	c := credentials(name, password, "salt of "+id)
	doc := marshal(bson.D{
		{Key: "_id", Value: id}, {Key: "user", Value: name}, {Key: "db", Value: r.db},
		{Key: "credentials", Value: bson.D{{Key: "SCRAM-SHA-256", Value: bson.D{
			{Key: "iterationCount", Value: int32(iterations)}, {Key: "salt", Value: base64.StdEncoding.EncodeToString([]byte(c.Salt))},
			{Key: "storedKey", Value: base64.StdEncoding.EncodeToString(c.StoredKey)},
			{Key: "serverKey", Value: base64.StdEncoding.EncodeToString(c.ServerKey)},
		}}}},
		{Key: "roles", Value: r.given()},
	})
	return nil, r.process.insertInto("admin", "system.users", doc)
}

// given are the roles that the command names, each with its database.
func (r *request) given() bson.A {
	roles := bson.A{}
	list, _ := value(r.cmd, "roles").(bson.A)
	for _, role := range list {
		if name, ok := role.(string); ok {
			role = bson.D{{Key: "role", Value: name}, {Key: "db", Value: r.db}}
		}
		roles = append(roles, role)
	}
	return roles
}

func (r *request) grantRoles() (bson.D, error) {
	return r.changeRoles(func(has, given []bson.RawValue) []bson.RawValue { return append(has, given...) })
}

func (r *request) revokeRoles() (bson.D, error) {
	return r.changeRoles(func(has, given []bson.RawValue) []bson.RawValue {
		return slices.DeleteFunc(has, func(role bson.RawValue) bool { return slices.ContainsFunc(given, role.Equal) })
	})
}

// changeRoles makes a user's roles others, of those that it has and those that the command names.
func (r *request) changeRoles(change func(has, given []bson.RawValue) []bson.RawValue) (bson.D, error) {
	name, _ := r.arg.(string)
	id := r.db + "." + name
	for _, u := range r.process.store.users() {
		if u.Lookup("_id").StringValue() != id {
			continue
		}
		has, _ := u.Lookup("roles").Array().Values()
		given, _ := asRaw(r.given()).Array().Values()
		after := replaced(u, bson.D{{Key: "$set", Value: bson.D{{Key: "roles", Value: change(has, given)}}}})
		return nil, r.process.record(entry{op: "u", ns: "admin.system.users", o: after, o2: marshal(bson.D{{Key: "_id", Value: id}})})
	}
	return nil, refuse(11, "UserNotFound", "Could not find user %q for db %q", name, r.db)
}
