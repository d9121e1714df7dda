package ui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 82_854_982: "83 MB", 1_234_567_890: "1.2 GB", 2_000_000_000_000: "2.0 TB", -1500: "-1.5 kB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0s", 340 * time.Millisecond: "0.3s", 9940 * time.Millisecond: "9.9s", 9960 * time.Millisecond: "10s",
		59400 * time.Millisecond: "59s", 59600 * time.Millisecond: "1m00s", 200 * time.Second: "3m20s",
		time.Hour - time.Millisecond: "1h00m", 65 * time.Minute: "1h05m", 51 * time.Hour: "2d03h", -2 * time.Second: "-2.0s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestCutAndWrap(t *testing.T) {
	cuts := []struct {
		in   string
		n    int
		want string
	}{
		{"short", 5, "short"}, {"too long", 5, "too…"}, {"日本語のサーバー", 7, "日本語…"}, {"x", 0, ""}, {"long", 1, "…"},
	}
	for _, c := range cuts {
		if got := cut(c.in, c.n, "…"); got != c.want || width(got) > c.n {
			t.Errorf("cut %q to %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if d := cmp.Diff([]string{"one two", "three", "averylongword", "four", "five"}, wrap("one two three averylongword\nfour five", 8)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"one two three"}, wrap("one two three\n", 0)); d != "" {
		t.Error(d)
	}
}
