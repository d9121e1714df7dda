package replica

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/replication"
)

// Answer is what an inspection's script printed, as name=value lines. A name may come several times.
type Answer map[string][]string

// ParseAnswer reads the output of a script that begins with [HostScript].
func ParseAnswer(out string) (Answer, error) {
	a := Answer{}
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			a[name] = append(a[name], value)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if a.Get("hostname") == "" {
		return nil, fmt.Errorf("the answer is not that of the inspection: %.100q", out)
	}
	return a, nil
}

// Get is the last value of a name, empty when there is none.
func (a Answer) Get(name string) string {
	values := a[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// Is tells whether a name's value is "yes".
func (a Answer) Is(name string) bool { return a.Get(name) == "yes" }

// Int is the value of a name as a number, 0 when it is none.
func (a Answer) Int(name string) int64 {
	v, _ := strconv.ParseInt(a.Get(name), 10, 64)
	return v
}

// Host is what the operating system said. asked and answered are when the operator sent the question and got the answer.
func (a Answer) Host(asked, answered time.Time) replication.Host {
	clock, _ := strconv.ParseFloat(a.Get("clock"), 64)
	h := replication.Host{
		Hostname: a.Get("hostname"), MachineID: a.Get("machine_id"), Arch: a.Get("arch"), OS: a.Get("os"),
		Glibc: a.Get("glibc"), Cores: int(a.Int("cores")), Memory: a.Int("memory_kb") << 10, Clock: clock, Systemd: a.Is("systemd"),
		Addresses: strings.Fields(a.Get("addresses")),
	}
	if clock > 0 {
		h.Skew = skew(clock, asked, answered)
	}
	return h
}

// skew is how far the server's clock is ahead, in seconds. The server read it at some time between asked and answered,
// so only what lies outside of that span is certain.
func skew(clock float64, asked, answered time.Time) float64 {
	at := func(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
	switch {
	case clock < at(asked):
		return clock - at(asked)
	case clock > at(answered):
		return clock - at(answered)
	default:
		return 0
	}
}

// Notes is what the function notes of [NotesScript] printed. A note that cannot be read counts as none.
func (a Answer) Notes() Notes {
	n := Notes{
		Saved: a.Get("saved"), Written: a.Get("written"), NewFolder: a.Is("new"),
		Seeding: a.Is("seeding_now"), Seeded: a.Get("seeding"),
	}
	for _, text := range a["kept"] {
		var k Kept
		if json.Unmarshal([]byte(text), &k) == nil {
			n.Kept = append(n.Kept, k)
		}
	}
	for _, text := range a["begun"] {
		var u Unfinished
		if json.Unmarshal([]byte(text), &u) == nil {
			n.Begun = append(n.Begun, u)
		}
	}
	var u Unfinished
	if json.Unmarshal([]byte(a.Get("unfinished")), &u) == nil && u.Run != "" {
		n.Unfinished = &u
	}
	n.sort()
	return n
}
