package ui

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/plan"
)

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, " yes \n": true, "\n": false, "": false, "n\n": false, "yep\n": false, "y": true} {
		s := newScreen(80)
		u := New(Options{Out: io.Discard, Err: s, In: strings.NewReader(answer), InTTY: true, ErrTTY: true})
		got, err := u.Confirm(t.Context(), "Go on?")
		u.Close()
		if got != want || err != nil {
			t.Errorf("%q: %v %v", answer, got, err)
		}
		if !strings.HasPrefix(s.String(), "Go on? [y/N]") || s.hidden {
			t.Errorf("%q: screen %q", answer, s)
		}
	}
}

func TestConfirmRefusesWhereNobodyAnswers(t *testing.T) {
	person := Options{Out: io.Discard, Err: io.Discard, In: strings.NewReader("y\n"), InTTY: true, ErrTTY: true}
	for name, change := range map[string]func(*Options){
		"input from a pipe": func(o *Options) { o.InTTY = false },
		"stderr to a file":  func(o *Options) { o.ErrTTY = false },
		"JSON":              func(o *Options) { o.Format = JSON },
	} {
		o := person
		change(&o)
		u := New(o)
		yes, err := u.Confirm(t.Context(), "Go on?")
		u.Close()
		if yes || !errors.Is(err, ErrNobodyToAsk) || !strings.Contains(Hint(err), "--yes") {
			t.Errorf("%s: %v %v", name, yes, err)
		}
	}
}

func TestConfirmEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	u := New(Options{Out: io.Discard, Err: io.Discard, In: r, InTTY: true, ErrTTY: true})
	defer u.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(plan.ErrInterrupt)
	if yes, err := u.Confirm(ctx, "Go on?"); yes || !errors.Is(err, plan.ErrInterrupt) {
		t.Errorf("%v %v", yes, err)
	}
}
