package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// value is what a key of a double holds: the elements as its server would list them.
type value struct {
	kind   string
	expiry int64 // milliseconds since 1970; 0 for never
	v      []string
}

func text(s string) value           { return value{kind: "string", v: []string{s}} }
func list(v ...string) value        { return value{kind: "list", v: v} }
func set(v ...string) value         { return value{kind: "set", v: v} }
func hash(v ...string) value        { return value{kind: "hash", v: v} }
func zset(v ...string) value        { return value{kind: "zset", v: v} }
func stream(ids ...string) value    { return value{kind: "stream", v: ids} } // each entry has one field, "f", with value "v"
func (v value) ends(at int64) value { v.expiry = at; return v }

// double is a server that answers what the comparison asks, in this process.
type double struct {
	t         *testing.T
	name      string
	old       bool // it knows no PEXPIRETIME
	noScripts string
	info      map[string]string
	dbs       map[int]map[string]value
	writes    map[string]int       // by key
	asked     map[string]int       // how often, by the first word
	meanwhile func(words []string) // runs before each command
}

func newDouble(t *testing.T, name string, keys map[string]value) *double {
	return &double{
		t: t, name: name, dbs: map[int]map[string]value{0: keys}, asked: map[string]int{}, writes: map[string]int{},
		info: map[string]string{"role": "master", "master_repl_offset": "100"},
	}
}

// follows makes it a healthy replica.
func (d *double) follows() *double {
	d.info = map[string]string{"role": "slave", "master_link_status": "up", "slave_repl_offset": "100"}
	return d
}

func (d *double) server() Server {
	return Server{Name: d.name, Absolute: !d.old, Open: func(context.Context) (Session, error) { return &connection{double: d}, nil }}
}

// write gives a key a value, as a client would.
func (d *double) write(key string, v value) {
	d.writes[key]++
	d.dbs[0][key] = v
}

type connection struct {
	*double
	db      int
	watched map[string]int // the writes to each key at that time
}

func (c *connection) Close() {}

func (c *connection) Ask(_ context.Context, commands ...[]string) ([]talk.Reply, error) {
	mutex.Lock()
	defer mutex.Unlock()
	out := make([]talk.Reply, len(commands))
	for i, words := range commands {
		c.asked[words[0]]++
		if c.meanwhile != nil {
			c.meanwhile(words)
		}
		v, err := c.answer(words)
		if err != "" {
			out[i].Err = &talk.Error{Server: c.name, Command: words[0], Message: err}
			continue
		}
		for j := range v {
			v[j] = `"` + strings.Trim(talk.Quote(v[j]), `"`) + `"`
		}
		out[i].Text = strings.Join(v, ",")
		if words[0] == "INFO" {
			out[i].Text = ""
			for name, value := range c.section(words[1]) {
				out[i].Text += name + ":" + value + "\r\n"
			}
		}
	}
	return out, nil
}

func (c *connection) section(name string) map[string]string {
	if name != "keyspace" {
		return c.info
	}
	out := map[string]string{}
	for n, keys := range c.dbs {
		if len(keys) > 0 {
			out[fmt.Sprintf("db%d", n)] = fmt.Sprintf("keys=%d,expires=0,avg_ttl=0", len(keys))
		}
	}
	return out
}

const noon = 1795780800000 // the double's clock

// answer is a command's reply, or what it is refused with.
func (c *connection) answer(words []string) ([]string, string) {
	keys := c.dbs[c.db]
	name := words[0]
	if name == "MEMORY" || name == "XINFO" {
		name, words = name+" "+words[1], words[1:]
	}
	arg := func(i int) string { return words[i] }
	var key value
	if len(words) > 1 {
		key = keys[words[1]]
	}
	number := func(n int) ([]string, string) { return []string{strconv.Itoa(n)}, "" }
	switch name {
	case "SELECT":
		c.db, _ = strconv.Atoi(arg(1))
		return []string{"OK"}, ""
	case "INFO", "FUNCTION":
		return nil, ""
	case "WATCH":
		c.watched = map[string]int{}
		for _, key := range words[1:] {
			c.watched[key] = c.writes[key]
		}
		return []string{"OK"}, ""
	case "MULTI", "ECHO":
		return []string{"OK"}, ""
	case "EXEC":
		for key, n := range c.watched {
			if c.writes[key] != n {
				return nil, ""
			}
		}
		return []string{"still"}, ""
	case "TIME":
		return []string{strconv.Itoa(noon / 1000), "0"}, ""
	case "SCAN":
		return paged(slices.Sorted(maps.Keys(keys)), arg(1), max(3, len(keys)/20)), ""
	case "EXISTS":
		if key.kind == "" {
			return number(0)
		}
		return number(1)
	case "TYPE":
		if key.kind == "" {
			return []string{"none"}, ""
		}
		return []string{key.kind}, ""
	case "PEXPIRETIME", "PTTL":
		if (name == "PTTL") != c.old {
			return nil, "ERR unknown command"
		}
		if key.expiry == 0 {
			return number(-1)
		}
		if c.old {
			return number(int(key.expiry - noon))
		}
		return number(int(key.expiry))
	case "MEMORY USAGE":
		return number(len(strings.Join(key.v, "")))
	case "STRLEN":
		return number(len(strings.Join(key.v, "")))
	case "LLEN", "SCARD", "XLEN":
		return number(len(key.v))
	case "HLEN", "ZCARD":
		return number(len(key.v) / 2)
	case "GET", "SMEMBERS", "HGETALL", "DUMP":
		return slices.Clone(key.v), ""
	case "GETRANGE":
		return cut(strings.Join(key.v, ""), arg(2), arg(3)), ""
	case "LRANGE":
		return slices.Clone(window(key.v, arg(2), arg(3), 1)), ""
	case "ZRANGE":
		return slices.Clone(window(key.v, arg(2), arg(3), 2)), ""
	case "SSCAN":
		return paged(key.v, arg(2), 200), ""
	case "HSCAN":
		return paged(key.v, arg(2), 200), ""
	case "XRANGE":
		return entries(key.v, words[2:]), ""
	case "XINFO STREAM":
		return []string{"length", "1", "last-generated-id", key.v[len(key.v)-1], "first-entry", "last-generated-id", "x"}, ""
	case "XINFO GROUPS":
		return []string{"name", "readers", "pending", "2", "lag", ""}, ""
	case "EVAL":
		if c.noScripts != "" {
			return nil, c.noScripts
		}
		return c.script(arg(1), words[3:]), ""
	}
	c.t.Errorf("%s: a command that the double does not know: %q", c.name, words)
	return nil, "ERR unknown command"
}

// paged is a page of a walk by a cursor, with the next cursor first.
func paged(all []string, cursor string, size int) []string {
	at, _ := strconv.Atoi(cursor)
	to := min(at+size, len(all))
	next := strconv.Itoa(to)
	if to == len(all) {
		next = "0"
	}
	return append([]string{next}, all[at:to]...)
}

func cut(s, from, to string) []string {
	a, _ := strconv.Atoi(from)
	z, _ := strconv.Atoi(to)
	return []string{s[min(a, len(s)):min(z+1, len(s))]}
}

func window(v []string, from, to string, step int) []string {
	a, _ := strconv.Atoi(from)
	z, _ := strconv.Atoi(to)
	if z < 0 {
		return v
	}
	return v[min(a*step, len(v)):min((z+1)*step, len(v))]
}

// entries are those of a stream from an id to another, or at most so many.
func entries(ids, args []string) []string {
	var out []string
	least, most := args[0], args[1]
	for _, id := range ids {
		if (least == "-" || !before(id, least)) && (most == "+" || !before(most, id)) && (len(args) < 4 || fmt.Sprint(len(out)/3) != args[3]) {
			out = append(out, id, "f", "v")
		}
	}
	return out
}

func before(a, b string) bool {
	one, _ := strconv.Atoi(strings.ReplaceAll(a, "-", ""))
	other, _ := strconv.Atoi(strings.ReplaceAll(b, "-", ""))
	return one < other
}
