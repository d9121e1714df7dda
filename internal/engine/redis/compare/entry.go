package compare

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// entry is what a server says of a key.
type entry struct {
	kind   string // "none" when it is not there
	expiry int64  // milliseconds since 1970; -1 for never
	digest string
}

// Digests that are none yet.
const (
	later   = "+" // a big key, to be read in pieces
	skipped = "?" // the page was full
)

func parseEntry(text string) (entry, error) {
	if text == skipped {
		return entry{digest: skipped}, nil
	}
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return entry{}, fmt.Errorf("a digest that is none: %.60q", text)
	}
	expiry, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("a digest that is none: %.60q", text)
	}
	return entry{fields[0], expiry, fields[2]}, nil
}

// whole tells whether the entry has been told completely.
func (e entry) whole() bool { return e.digest != later && e.digest != skipped }

// opaque tells whether the digest is one of a dump, which may differ where the content does not.
func (e entry) opaque() bool { return strings.HasPrefix(e.digest, "!") }

// differs says how the replica's entry is other than the primary's, empty when it is the same. Expiries may be apart by
// the tolerance: before 7.0 a replica counts the seconds of EXPIRE from when it hears of it.
func (e entry) differs(replica entry, tolerance time.Duration) string {
	switch {
	case e.kind == "none" && replica.kind == "none":
		return ""
	case replica.kind == "none":
		return "is missing on the replica"
	case e.kind == "none":
		return "is on the replica only"
	case e.kind != replica.kind:
		return fmt.Sprintf("is a %s there and a %s on the replica", e.kind, replica.kind)
	case e.digest != replica.digest:
		return fmt.Sprintf("the content of the %s differs", e.kind)
	case (e.expiry < 0) != (replica.expiry < 0):
		return fmt.Sprintf("expires %s, and %s on the replica", at(e.expiry), at(replica.expiry))
	case apart(e.expiry, replica.expiry) > tolerance:
		return fmt.Sprintf("expires %s, and %s on the replica", at(e.expiry), at(replica.expiry))
	}
	return ""
}

func apart(a, b int64) time.Duration { return time.Duration(max(a-b, b-a)) * time.Millisecond }

func at(expiry int64) string {
	if expiry < 0 {
		return "never"
	}
	return "at " + time.UnixMilli(expiry).UTC().Format("2006-01-02 15:04:05.000") + " UTC"
}

// objectName is a key as differences name it: "db0:user:42", quoted where it has more than plain characters.
func objectName(db int, key string) string {
	if strings.IndexFunc(key, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) >= 0 {
		return fmt.Sprintf("db%d:%q", db, key)
	}
	return fmt.Sprintf("db%d:%s", db, key)
}
