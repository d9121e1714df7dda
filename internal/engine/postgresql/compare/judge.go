package compare

import (
	"cmp"
	"slices"
)

// rowID is one version of a row: where it lies and which transaction made it. It never changes, and a ctid that is
// used again has another xmin. (Since PostgreSQL 9.4 freezing a row leaves its xmin readable, and row locks do not
// touch it.)
type rowID struct{ ctid, xmin string }

// rowLook is what one server showed of a row version.
type rowLook struct {
	block int64
	hash  string // of ctid, xmin and all values
	xmax  string // the transaction that deleted or locked it last, "0" for none
}

// look is the row versions that one server showed of some blocks.
type look map[rowID]rowLook

type verdict int

const (
	missing verdict = iota // the primary has the row, the replica does not
	extra                  // the replica has the row, the primary does not
	differs                // both have it, with different values
	suspect                // both had it with different values, but the primary did not have it both times
	moving                 // it came or went while we looked: nothing can be told
	open                   // it depends on a transaction of which the primary may not have shown the end yet
)

type judgement struct {
	rowID
	verdict
	block int64
	xid   string // with open: the transaction
}

// judge compares what the primary showed before and after with what the replica showed in between, having replayed all
// that the primary had written when it showed before. It returns what is not equal, in the order of the ctids.
//
// A replica can show the end of a transaction before its primary does: the primary writes the commit to its log, and
// shows it to others only once its synchronous standbys have confirmed, which may be never. So a row that only the
// replica shows, or no longer shows, is judged only if the transaction in question was over before we looked first,
// which is what finished tells.
func judge(before, replica, after look, finished func(xid string) bool) []judgement {
	var out []judgement
	say := func(id rowID, v verdict, row rowLook, xid string) {
		out = append(out, judgement{rowID: id, verdict: v, block: row.block, xid: xid})
	}
	primary := func(id rowID) (row rowLook, both, any bool) {
		b, inBefore := before[id]
		a, inAfter := after[id]
		if inAfter {
			return a, inBefore, true
		}
		return b, false, inBefore
	}
	for id, got := range replica {
		want, both, any := primary(id)
		switch {
		case !any && finished(id.xmin):
			say(id, extra, got, "")
		case !any:
			say(id, open, got, id.xmin)
		case got.hash == want.hash:
		case !both:
			say(id, suspect, got, "")
		case before[id].hash == want.hash:
			say(id, differs, got, "")
		default: // an ALTER TABLE changed how the values read
			say(id, moving, got, "")
		}
	}
	absent := func(id rowID, row rowLook) {
		if _, there := replica[id]; there {
			return
		}
		want, both, _ := primary(id)
		switch {
		case !both:
			say(id, moving, row, "")
		case want.xmax == "0" || finished(want.xmax):
			say(id, missing, row, "")
		default:
			say(id, open, row, want.xmax)
		}
	}
	for id, row := range before {
		absent(id, row)
	}
	for id, row := range after {
		if _, known := before[id]; !known {
			absent(id, row)
		}
	}
	slices.SortFunc(out, func(a, b judgement) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(len(a.ctid), len(b.ctid)), cmp.Compare(a.ctid, b.ctid), cmp.Compare(a.xmin, b.xmin))
	})
	return out
}
