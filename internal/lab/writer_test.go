package lab

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type nopCloser struct{ *bytes.Buffer }

func (nopCloser) Close() error { return nil }

func TestTake(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		want         string
		broken       bool
	}{
		{"acknowledged", "ack|7\nend 7\n", "", false},
		{"refused", "ERROR:  cannot execute INSERT in a read-only transaction\nend 7\n", "refused: ERROR:  cannot execute INSERT in a read-only transaction", false},
		{"nobody there", "psql: error: connection refused\n\tIs the server running?\n", "connection lost: psql: error: connection refused Is the server running?", true},
		{"acknowledged, then lost", "ack|7\n", "", true},
		{"cut in the middle", "", "connection lost: ", true},
		{"the answer to another row", "ack|6\nend 7\n", "refused: ack|6", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sent bytes.Buffer
			s := &program{stdin: nopCloser{&sent}, stdout: bufio.NewScanner(strings.NewReader(test.answer))}
			got := ""
			if err := s.take(postgresql{&Server{}}.session(&Server{}).(dialogue).write("lab_writes", 7)); err != nil {
				got = err.Error()
			}
			if got != test.want || s.lost != test.broken {
				t.Errorf("got %q, broken %v; want %q, %v", got, s.lost, test.want, test.broken)
			}
			if want := "INSERT INTO lab_writes (id) VALUES (7) RETURNING 'ack', id;\n\\echo end 7\n"; sent.String() != want {
				t.Errorf("sent %q, want %q", sent.String(), want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	w := &Writer{}
	refused := errors.New("refused")
	start := time.Now()
	waits := w.count(1, start.Add(-30*time.Second), nil, nil)
	waits = w.count(2, start.Add(-20*time.Second), waits, refused)
	if down := w.Writes().RefusedFor; down < 20*time.Second || down > 21*time.Second {
		t.Errorf("in the middle of a spell that began 20 s ago: %v", down)
	}
	waits = w.count(3, start.Add(-10*time.Second), waits, refused)
	waits = w.count(4, start, waits, nil)
	waits = w.count(5, start, waits, nil)
	seen := w.Writes()
	if seen.Acknowledged != 3 || seen.Refused != 2 || len(waits) != 3 {
		t.Errorf("%d acknowledged, %d refused, %d waits; want 3, 2, 3", seen.Acknowledged, seen.Refused, len(waits))
	}
	if seen.RefusedFor < 20*time.Second || seen.RefusedFor > 21*time.Second {
		t.Errorf("refused for %v, want 20 s: from the first refused write to the next acknowledged one", seen.RefusedFor)
	}
	if seen.LongestWait < 30*time.Second || seen.LongestWait > 31*time.Second {
		t.Errorf("longest wait %v, want 30 s", seen.LongestWait)
	}
	if diff := cmp.Diff([]string{"refused"}, seen.Errors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{1, 4, 5}, w.acked); diff != "" {
		t.Error(diff)
	}
}
