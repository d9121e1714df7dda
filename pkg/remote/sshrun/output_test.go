package sshrun

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The mark is found wherever the pieces of the stream are cut.
func TestAfterMark(t *testing.T) {
	for _, c := range []struct{ name, stream, out, group, noise string }{
		{"quiet", "MARK 12\nout\n", "out\n", "12", ""},
		{"noise", "Welcome\nMARK\nto MARKMARK 7\n\nout", "\nout", "7", ""},
		{"noise without an end", "Welcome!MARK 7\n", "", "7", ""},
		{"the mark again", "MARK 7\nMARK 8\n", "MARK 8\n", "7", ""},
		{"never", "This account is disabled.\n", "", "", "This account is disabled."},
		{"much noise", strings.Repeat("noise ", 10000) + "MARK 7\nout", "out", "7", ""},
	} {
		for _, size := range []int{1, 2, 3, 7, 1 << 20} {
			var out bytes.Buffer
			a := &afterMark{mark: "MARK", to: &out, group: make(chan string, 1)}
			for rest := []byte(c.stream); len(rest) > 0; {
				n := min(size, len(rest))
				if got, err := a.Write(rest[:n]); got != n || err != nil {
					t.Fatal(got, err)
				}
				rest = rest[n:]
			}
			close(a.group)
			if diff := cmp.Diff([]string{c.out, c.group, c.noise}, []string{out.String(), <-a.group, a.noise()}); diff != "" {
				t.Errorf("%s in pieces of %d: %s", c.name, size, diff)
			}
		}
	}
}

func TestTail(t *testing.T) {
	for _, size := range []int{1, 5, 64, 1000} {
		text := strings.Repeat("0123456789", 50)
		tl := tail{max: 64}
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			tl.Write([]byte(rest[:n]))
			rest = rest[n:]
			if len(tl.buf) > 2*64+size {
				t.Fatalf("it keeps %d bytes", len(tl.buf))
			}
		}
		if got := tl.String(); got != text[len(text)-64:] {
			t.Errorf("pieces of %d: %q", size, got)
		}
	}
	short := tail{max: 64}
	short.Write([]byte("short"))
	if short.String() != "short" {
		t.Errorf("got %q", short.String())
	}
}
