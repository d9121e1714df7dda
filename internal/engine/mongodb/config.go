package mongodb

import (
	"net"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// setConfig is a replica set's configuration, with all of its fields: those that Belt does not know stay as they are.
type setConfig struct{ doc bson.D }

func get(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func set(d bson.D, key string, value any) bson.D {
	for i := range d {
		if d[i].Key == key {
			d[i].Value = value
			return d
		}
	}
	return append(d, bson.E{Key: key, Value: value})
}

// number is a value that the server gives as one of several kinds of number.
func number(v any) float64 {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case int:
		return float64(v)
	}
	return 0
}

// member is one member as the configuration has it.
type member struct {
	ID       int
	Host     string
	Priority float64
	Votes    int
	Arbiter  bool
	Hidden   bool
}

func (c *setConfig) members() []member {
	if c == nil {
		return nil
	}
	list, _ := get(c.doc, "members").(bson.A)
	var out []member
	for _, m := range list {
		d, _ := m.(bson.D)
		host, _ := get(d, "host").(string)
		arbiter, _ := get(d, "arbiterOnly").(bool)
		hidden, _ := get(d, "hidden").(bool)
		out = append(out, member{
			ID: int(number(get(d, "_id"))), Host: host, Priority: number(get(d, "priority")), Votes: int(number(get(d, "votes"))),
			Arbiter: arbiter, Hidden: hidden,
		})
	}
	return out
}

// find is the member of a host.
func (c *setConfig) find(host string) (member, bool) {
	for _, m := range c.members() {
		if m.Host == host {
			return m, true
		}
	}
	return member{}, false
}

// id is the set's own, which its members share.
func (c *setConfig) id() string {
	if c == nil {
		return ""
	}
	settings, _ := get(c.doc, "settings").(bson.D)
	id, _ := get(settings, "replicaSetId").(bson.ObjectID)
	if id.IsZero() {
		return ""
	}
	return id.Hex()
}

func (c *setConfig) name() string {
	name, _ := get(c.doc, "_id").(string)
	return name
}

// alone tells whether the set has that name, and that member and no other.
func (c *setConfig) alone(name, host string) bool {
	members := c.members()
	return c.name() == name && len(members) == 1 && members[0].Host == host
}

// next is the configuration with other members and the version after.
func (c *setConfig) next(members bson.A) bson.D {
	d := slices.Clone(c.doc)
	d = set(d, "members", members)
	return set(d, "version", int32(number(get(c.doc, "version")))+1)
}

// with is the configuration with one member more, that has neither priority nor vote: losing it costs the primary nothing.
// A member added with a vote would count for the majority before it has any data.
func (c *setConfig) with(host string) bson.D {
	id := 0
	for _, m := range c.members() {
		id = max(id, m.ID+1)
	}
	list, _ := get(c.doc, "members").(bson.A)
	return c.next(append(slices.Clone(list), bson.D{
		{Key: "_id", Value: int32(id)}, {Key: "host", Value: host}, {Key: "priority", Value: 0.0}, {Key: "votes", Value: int32(0)},
	}))
}

// without is the configuration without a host.
func (c *setConfig) without(host string) bson.D {
	list, _ := get(c.doc, "members").(bson.A)
	return c.next(slices.DeleteFunc(slices.Clone(list), func(m any) bool {
		d, _ := m.(bson.D)
		return get(d, "host") == host
	}))
}

// voting is the configuration in which a host has that many votes, and may become the primary if it has one.
func (c *setConfig) voting(host string, votes int) bson.D {
	list, _ := get(c.doc, "members").(bson.A)
	var out bson.A
	for _, m := range list {
		d, _ := m.(bson.D)
		d = slices.Clone(d)
		if get(d, "host") == host {
			d = set(d, "votes", int32(votes))
			d = set(d, "priority", float64(votes))
		}
		out = append(out, d)
	}
	return c.next(out)
}

// sole is the configuration in which of all members with data one host alone votes. Arbiters, which have to vote, stay only if
// they are wanted.
func (c *setConfig) sole(host string, arbiters bool) bson.D {
	list, _ := get(c.doc, "members").(bson.A)
	var out bson.A
	for _, m := range list {
		d, _ := m.(bson.D)
		if get(d, "arbiterOnly") == true {
			if arbiters {
				out = append(out, d)
			}
			continue
		}
		r := rank{}
		if get(d, "host") == host {
			r = rank{1, 1}
		}
		out = append(out, r.of(slices.Clone(d)))
	}
	return c.next(out)
}

// voters are the hosts that vote.
func (c *setConfig) voters() []string {
	var out []string
	for _, m := range c.members() {
		if m.Votes > 0 {
			out = append(out, m.Host)
		}
	}
	return out
}

// hostPort is how members and clients call a server.
func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// splitHost is the other way round; the port is 27017 where none is given.
func splitHost(hostport string) (string, int) {
	host, text, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport, defaultPort
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return hostport, defaultPort
	}
	return host, port
}

const defaultPort = 27017
