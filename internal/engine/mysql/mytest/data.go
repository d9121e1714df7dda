package mytest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// data is what a data folder has.
type data struct {
	made     string
	uuid     string // MySQL: of auto.cnf
	rows     []string
	accounts map[string]string // "name@host" to how it proves itself
	grants   map[string]string
	events   map[string]string // "schema.name" to its state
	plugins  map[string]bool

	log     []event // executed, oldest first
	came    int     // MySQL: how many of them came with a copy, and are in no binary log of its own
	purged  int     // how many of them are no longer in the binary logs
	applied int     // MariaDB: the sequence number of gtid_slave_pos
	channel *channel
}

// event is a transaction with its global id.
type event struct {
	origin string // server id, or UUID
	number int
	do     func(*data)
}

// channel is a connection to a source.
type channel struct {
	host, port, user, password string
	ca                         string
	running                    bool
}

func newData(made string) *data {
	return &data{
		made: made, accounts: map[string]string{"root@localhost": "socket"}, grants: map[string]string{}, events: map[string]string{},
		plugins: map[string]bool{},
	}
}

// copied is what a physical copy has: all but what belongs to the server.
func (d *data) copied(uuid string) *data {
	c := *d
	c.uuid, c.channel = uuid, nil
	c.rows = slices.Clone(d.rows)
	c.accounts, c.grants = maps.Clone(d.accounts), maps.Clone(d.grants)
	c.events, c.plugins = maps.Clone(d.events), maps.Clone(d.plugins)
	c.log = slices.Clone(d.log)
	c.came = len(c.log)
	return &c
}

// last is the number of the last transaction; MariaDB counts over all servers.
func (d *data) last() int {
	n := d.applied
	for _, e := range d.log {
		n = max(n, e.number)
	}
	return n
}

// position is gtid_binlog_pos.
func (d *data) position() string {
	if len(d.log) == 0 {
		return ""
	}
	e := d.log[len(d.log)-1]
	return fmt.Sprintf("0-%s-%d", e.origin, e.number)
}

// positionAt is BINLOG_GTID_POS; what comes before the first place in the log that is left is not known.
func (d *data) positionAt(place string) string {
	n, err := strconv.Atoi(place)
	if err != nil {
		return "gone"
	}
	n = (n - 4) / 100
	switch {
	case n < d.purged || n > len(d.log):
		return "gone"
	case n == 0:
		return ""
	}
	return fmt.Sprintf("0-%s-%d", d.log[n-1].origin, d.log[n-1].number)
}

// state is gtid_binlog_state.
func (d *data) state() string {
	last := map[string]int{}
	for _, e := range d.log {
		last[e.origin] = e.number
	}
	var parts []string
	for _, origin := range slices.Sorted(maps.Keys(last)) {
		parts = append(parts, fmt.Sprintf("0-%s-%d", origin, last[origin]))
	}
	return strings.Join(parts, ",")
}

// set is gtid_executed, or of the first n transactions gtid_purged.
func (d *data) set(n int) string {
	last := map[string]int{}
	for _, e := range d.log[:n] {
		last[e.origin] = e.number
	}
	var parts []string
	for _, origin := range slices.Sorted(maps.Keys(last)) {
		parts = append(parts, fmt.Sprintf("%s:1-%d", origin, last[origin]))
	}
	return strings.Join(parts, ",")
}

// logged is what a MySQL's own binary log has, as stands.sh prints it.
func (d *data) logged() string {
	first, last := map[string]int{}, map[string]int{}
	for _, e := range d.log[d.came:] {
		if first[e.origin] == 0 {
			first[e.origin] = e.number
		}
		last[e.origin] = e.number
	}
	var parts []string
	for _, origin := range slices.Sorted(maps.Keys(last)) {
		parts = append(parts, fmt.Sprintf("%s:%d-%d", origin, first[origin], last[origin]))
	}
	return cmp.Or(strings.Join(parts, ","), "-")
}

// has tells whether a transaction was executed.
func (d *data) has(e event) bool {
	return slices.ContainsFunc(d.log, func(o event) bool { return o.origin == e.origin && o.number == e.number })
}
