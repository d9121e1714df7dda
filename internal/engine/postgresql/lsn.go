package postgresql

import (
	"fmt"
	"strconv"
	"strings"
)

// lsn is a position in the write-ahead log, in bytes since the cluster was made.
type lsn uint64

// parseLSN reads PostgreSQL's notation, "16/B374D848". What is no LSN is 0, which is no valid position.
func parseLSN(s string) lsn {
	high, low, ok := strings.Cut(s, "/")
	if !ok {
		return 0
	}
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if err1 != nil || err2 != nil {
		return 0
	}
	return lsn(h<<32 | l)
}

func (l lsn) String() string { return fmt.Sprintf("%X/%X", uint64(l)>>32, uint32(l)) }
