package mysql

import (
	"fmt"
	"strconv"
	"strings"
)

// version is that of a server program: 10.11.18, 9.7.0.
type version [3]int

// parseVersion reads "10.11.18-MariaDB-0+deb12u1-log"; what cannot be read is 0.
func parseVersion(text string) version {
	var v version
	text, _, _ = strings.Cut(strings.TrimSpace(text), "-")
	for i, field := range strings.SplitN(text, ".", 3) {
		v[i], _ = strconv.Atoi(field)
	}
	return v
}

func (v version) before(w version) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// series is what a copy of the data folder keeps to: 10.11, 9.7.
func (v version) series() string { return fmt.Sprintf("%d.%d", v[0], v[1]) }

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }
