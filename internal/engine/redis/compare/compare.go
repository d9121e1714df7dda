package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/internal/engine/redis/talk"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/replication"
)

// ErrLag says that the replica did not come as far as the primary in time.
var ErrLag = errors.New("the replica is too far behind to be compared")

// Options bound a comparison.
type Options struct {
	MaxRate   int64         // bytes of data per second on each side, 0 for no limit
	Patience  time.Duration // for the replica to apply what the primary has; 0 for a minute
	Bytes     int64         // of the primary's data, for the progress
	Tolerance time.Duration // by which expiries may be apart
}

// mostNamed is how many differences are named.
const mostNamed = 1000

// comparison is one run.
type comparison struct {
	primary, replica Server
	opts             Options
	report           plan.Progress
	meter            *shared.Meter
	follows          bool   // the replica hears of the primary's changes
	exact            bool   // both know to the millisecond when a key expires
	plain            string // why keys are read by their types' own commands, empty where scripts do it
	done, total      int64
	out              replication.Verification
	more             int64 // differences that are not named
}

// Run compares all keys of all databases.
func Run(ctx context.Context, primary, replica Server, opts Options, report plan.Progress) (replication.Verification, error) {
	if opts.Patience == 0 {
		opts.Patience = time.Minute
	}
	c := &comparison{
		primary: primary, replica: replica, opts: opts, report: report, meter: shared.NewMeter(nil, opts.MaxRate),
		out: replication.Verification{Server: replica.Name},
	}
	databases, err := c.databases(ctx)
	if err != nil {
		return c.out, err
	}
	for _, db := range databases {
		if err := c.database(ctx, db); err != nil {
			return c.out, err
		}
		c.out.Tables++
	}
	if c.more > 0 {
		c.out.Skipped = append(c.out.Skipped, fmt.Sprintf("%d more differences are not named", c.more))
	}
	c.out.Equal = len(c.out.Differences) == 0
	return c.out, nil
}

// databases are the numbers of those that have keys on either side. It looks at how the replica follows, how the servers
// can be asked, and at what is no key, too.
func (c *comparison) databases(ctx context.Context) ([]int, error) {
	found := map[int]bool{}
	var functions [2]string
	c.exact = c.primary.Absolute && c.replica.Absolute
	for i, server := range []Server{c.primary, c.replica} {
		s, err := c.open(ctx, server, 0)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		if why, err := s.refusesScripts(ctx); err != nil {
			return nil, err
		} else if why != "" {
			c.plain = fmt.Sprintf("; %s runs no scripts for belt (%s), so the values come to belt", server.Name, why)
		}
		keyspace, err := s.info(ctx, "keyspace")
		if err != nil {
			return nil, err
		}
		for name, value := range keyspace {
			n, err := strconv.Atoi(strings.TrimPrefix(name, "db"))
			if err != nil || !strings.HasPrefix(name, "db") {
				continue
			}
			found[n] = true
			if i == 0 {
				c.total += keysOf(value)
			}
		}
		if functions[i], err = s.functions(ctx); err != nil {
			return nil, err
		}
		if i == 1 {
			state, err := s.info(ctx, "replication")
			if err != nil {
				return nil, err
			}
			c.follows = state["role"] == "slave" && state["master_link_status"] == "up"
		}
	}
	if functions[0] != functions[1] {
		c.differ("functions", "the libraries of functions differ")
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func keysOf(value string) int64 {
	for _, part := range strings.Split(value, ",") {
		if v, ok := strings.CutPrefix(part, "keys="); ok {
			n, _ := strconv.ParseInt(v, 10, 64)
			return n
		}
	}
	return 0
}

// refusesScripts is why the server runs no scripts for Belt, empty where it does.
func (s *side) refusesScripts(ctx context.Context) (string, error) {
	replies, err := s.Ask(ctx, []string{"EVAL", "return redis.call('TIME')", "0"})
	if err != nil {
		return "", err
	}
	if refusal, is := errors.AsType[*talk.Error](replies[0].Err); is {
		return refusal.Message, nil
	}
	return "", nil
}

// functions are the libraries of functions (since 7.0), in no order.
func (s *side) functions(ctx context.Context) (string, error) {
	replies, err := s.Ask(ctx, []string{"FUNCTION", "LIST", "WITHCODE"})
	if err != nil {
		return "", err
	}
	if replies[0].Err != nil {
		return "", nil // it has none of the kind
	}
	v := replies[0].Values()
	slices.Sort(v)
	return strings.Join(v, "\x00"), nil
}

// tell reports how far it is, in bytes: the keys that were asked for stand for their share of the data.
func (c *comparison) tell(note string) {
	if c.total == 0 || c.opts.Bytes == 0 {
		c.report(0, 0, note)
		return
	}
	c.report(int64(float64(c.opts.Bytes)*float64(min(c.done, c.total))/float64(c.total)), c.opts.Bytes, note)
}

// differ notes a difference.
func (c *comparison) differ(object, detail string) {
	if len(c.out.Differences) >= mostNamed {
		c.more++
		return
	}
	c.out.Differences = append(c.out.Differences, replication.Difference{Object: object, Detail: detail})
}
