package mysql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/mysql/gtid"
	"github.com/dbbelt/belt/pkg/replication"
)

// errant names the transactions of a replica that its primary does not have; empty for none, or when nobody can tell.
// A MariaDB without a binary log notes none.
func errant(primary, replica replication.Facts) string {
	pn, rn := nativeOf(primary), nativeOf(replica)
	if rn.flavour == mariaDB {
		ours, err1 := gtid.ParsePosition(rn.BinlogState)
		// The binary log of a primary begins with its copy; what another had logged before that is in its data alone.
		theirs, err2 := gtid.ParsePosition(pn.BinlogState + "," + rn.written().Known)
		if err1 != nil || err2 != nil {
			return ""
		}
		ids, _ := pn.upstream()
		return gtid.Foreign(ours, theirs, append(ids, pn.serverIDs(rn)...)...).String()
	}
	ours, err1 := gtid.ParseSet(rn.Executed)
	theirs, err2 := gtid.ParseSet(pn.Executed)
	if err1 != nil || err2 != nil {
		return ""
	}
	// What has the primary's own id came from there, if after it was asked.
	foreign := ours.Minus(theirs)
	foreign = foreign.Minus(foreign.Only(pn.UUID))
	_, uuids := pn.upstream()
	for _, uuid := range uuids {
		foreign = foreign.Minus(foreign.Only(uuid))
	}
	return foreign.String()
}

// serverIDs are those under which the primary writes: its own, and the one that it had before Belt changed it, which sessions
// that were open then keep. A replica that has that number itself writes under it, too.
func (n *native) serverIDs(replica *native) []uint32 {
	ids := []uint32{n.ServerID}
	before, err := strconv.ParseUint(n.saved()["server_id"].Was, 10, 32)
	if err == nil && uint32(before) != replica.ServerID {
		ids = append(ids, uint32(before))
	}
	return ids
}

// missing tells whether the primary has purged what the replica has not yet got; false when nobody can tell.
func missing(primary, replica replication.Facts) bool {
	pn, rn := nativeOf(primary), nativeOf(replica)
	begins := rn.written().Begins
	if !replica.Running && (!rn.Told || rn.flavour == mySQL && begins == "") {
		return false
	}
	if rn.flavour == mySQL {
		have := rn.Executed
		if !replica.Running {
			have += "," + begins
		}
		purged, err1 := gtid.ParseSet(pn.Purged)
		executed, err2 := gtid.ParseSet(have)
		return err1 == nil && err2 == nil && !executed.Has(purged)
	}
	if pn.survey == nil || pn.survey.FirstPos == nil {
		return false
	}
	at := rn.SlavePos
	if !replica.Running {
		at = rn.BinlogState + "," + begins
	}
	first, err1 := gtid.ParsePosition(*pn.survey.FirstPos)
	have, err2 := gtid.ParsePosition(at)
	if !replica.Running && begins == "" {
		// Its own log need not have all of its past.
		first = slices.DeleteFunc(first, func(g gtid.GTID) bool { return have.Sequence(g.Domain) == 0 })
	}
	if err1 != nil || err2 != nil {
		return false
	}
	return !have.Has(first) || primary.Replica && before(have, first, pn.written().Begins)
}

// before tells whether a replica stands where the binary log of its source, itself a replica, does not reach back to: that log
// has what came after the source's own copy.
func before(have, first gtid.Position, begins string) bool {
	began, err := gtid.ParsePosition(begins)
	if err != nil {
		return false
	}
	for _, g := range began {
		if first.Sequence(g.Domain) == 0 && have.Sequence(g.Domain) <= g.Sequence {
			return true
		}
	}
	return false
}

// stands takes where an instance that is down says by its files that it is, as stands.sh prints it.
func (n *native) stands(text string) {
	n.Told = text != ""
	text = strings.TrimPrefix(text, "-")
	if n.flavour == mariaDB {
		n.BinlogState = text
	} else {
		n.Executed = text
	}
}
