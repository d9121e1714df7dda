package compare

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/dbbelt/belt/internal/engine/redis/talk"
)

// mutex is held while a double answers: two connections of one comparison ask at once.
var mutex sync.Mutex

// bare asks a double whose mutex is held.
type bare struct{ *connection }

func (b bare) Ask(_ context.Context, commands ...[]string) ([]talk.Reply, error) {
	out := make([]talk.Reply, len(commands))
	for i, words := range commands {
		v, err := b.answer(words)
		if err != "" {
			out[i].Err = &talk.Error{Server: b.name, Command: words[0], Message: err}
			continue
		}
		for j := range v {
			v[j] = `"` + strings.Trim(talk.Quote(v[j]), `"`) + `"`
		}
		out[i].Text = strings.Join(v, ",")
	}
	return out, nil
}

// roomFor is how many of the keys a call of a script has room for in a double.
func roomFor(keys int) int { return max(2, keys/5) }

// script does what one of Belt's scripts does, by the double's own commands.
func (c *connection) script(code string, args []string) []string {
	own := &side{bare{c}, c.name, abilities{absolute: !c.old, plain: true}, new(sync.Mutex)}
	ctx := c.t.Context()
	switch strings.TrimPrefix(code, digestLua) {
	case groupsLua:
		var out []string
		keys, sizes := args[9:], strings.Split(args[6], ",")
		for at := 0; at < len(keys) && at < roomFor(len(keys)); {
			n := min(2, len(keys)-at)
			if args[6] != "" {
				n, _ = strconv.Atoi(sizes[len(out)])
			}
			told, err := own.plainGroups(ctx, keys[at:at+n], args[5] == "1")
			if err != nil {
				c.t.Error(err)
			}
			digest, big, expiries := "", []string{}, []string{}
			for i, g := range told {
				digest += strings.ReplaceAll(g.digest, " ", "/") + fmt.Sprint("|", len(g.expiries))
				for _, e := range g.expiries {
					expiries = append(expiries, fmt.Sprint(e))
				}
				if g.big != nil {
					big = append(big, fmt.Sprint(i))
				}
			}
			out = append(out, fmt.Sprintf("%d %d %s %s %s", n, 10*n, digest, dashed(big), dashed(expiries)))
			at += n
		}
		return out
	case namedLua:
		p, err := own.plainNamed(ctx, args[5:])
		if err != nil {
			c.t.Error(err)
		}
		var out []string
		for i, e := range p.entries {
			text := fmt.Sprintf("%s %d %s", e.kind, e.expiry, e.digest)
			if i >= roomFor(len(p.entries)) {
				text = skipped
			}
			out = append(out, text)
		}
		return out
	case missingLua:
		var out []string
		for i, key := range args {
			if c.dbs[c.db][key].kind == "" {
				out = append(out, fmt.Sprint(i+1))
			}
		}
		return out
	case pieceLua:
		v, err := own.plainPiece(ctx, args[5], args[6], args[7])
		if err != nil {
			c.t.Error(err)
		}
		return v
	case sizeLua:
		at := c.info["slave_repl_offset"]
		if at == "" {
			at = c.info["master_repl_offset"]
		}
		return []string{fmt.Sprint(len(c.dbs[c.db])), at}
	case "return redis.call('TIME')":
		return []string{"1", "2"}
	}
	c.t.Errorf("%s: a script that the double does not know: %s", c.name, code)
	return nil
}

func dashed(v []string) string {
	if len(v) == 0 {
		return "-"
	}
	return strings.Join(v, ",")
}
