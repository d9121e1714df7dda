package envpush

import (
	"os"
	"testing"
)

// What a push changed can be put back, to the byte; what somebody else wrote since stays.
func TestRestore(t *testing.T) {
	for _, before := range []string{"KEEP=1\nPOSTGRESQL_ADDRESS=old # ours", "absent"} {
		h := newHost(t, "web1")
		s := h.server(address)
		if before != "absent" {
			h.write(t, file, before)
		}
		s.Apply = "cp " + h.path(file) + " " + h.path("/seen") + " || rm -f " + h.path("/seen")
		p := &Pusher{}
		r := mustPush(t, s)
		if h.read(t, "/seen") != h.read(t, file) {
			t.Fatal("not applied")
		}
		for range 2 { // the second has nothing to do
			if err := p.Restore(t.Context(), s, r); err != nil {
				t.Fatal(err)
			}
			if h.read(t, file) != before || h.read(t, "/seen") != before {
				t.Errorf("%q is there, %q was seen, want %q", h.read(t, file), h.read(t, "/seen"), before)
			}
			h.tidy(t)
		}

		r = mustPush(t, s)
		h.write(t, file, "theirs")
		wantError(t, p.Restore(t.Context(), s, r), "changed by somebody else since")
		if h.read(t, file) != "theirs" {
			t.Error("it was overwritten")
		}
		if err := os.Remove(h.path(file)); err != nil {
			t.Fatal(err)
		}
		if err := p.Restore(t.Context(), s, Result{}); err != nil {
			t.Errorf("of a push that changed nothing: %v", err)
		}
	}
}
