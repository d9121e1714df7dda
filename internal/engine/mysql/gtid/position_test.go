package gtid

import "testing"

func position(t *testing.T, text string) Position {
	t.Helper()
	p, err := ParsePosition(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPositionsAreComparedByDomain(t *testing.T) {
	for _, c := range []struct {
		has, want string
		is        bool
	}{
		{"", "", true},
		{"0-1-5", "", true},
		{"", "0-1-5", false},
		{"0-1-5", "0-1-5", true},
		{"0-2-6", "0-1-5", true}, // another server went on in the domain
		{"0-1-4", "0-1-5", false},
		{"0-1-9", "0-1-5,1-1-2", false},
		{"0-1-9, 1-1-2", "1-1-2,0-1-5", true},
	} {
		if is := position(t, c.has).Has(position(t, c.want)); is != c.is {
			t.Errorf("%q has %q: %v", c.has, c.want, is)
		}
	}
}

func TestForeignTransactionsAreNamed(t *testing.T) {
	for _, c := range []struct{ replica, primary, foreign string }{
		{"0-1-5", "0-1-5", ""},
		{"0-9-7", "0-9-5", ""},             // the id that the primary had before, which old sessions keep
		{"0-1-7", "0-1-5", ""},             // the primary was asked a moment before
		{"0-1-5,0-2-6", "0-1-5", "0-2-6"},  // written on the replica itself
		{"0-1-5,0-3-2", "0-1-9,0-3-2", ""}, // from a time when 3 was the primary
		{"0-1-5,0-3-4", "0-1-9,0-3-2", "0-3-4"},
		{"0-1-5,7-2-1", "0-1-5", "7-2-1"}, // in a domain of its own
		{"", "0-1-5", ""},
	} {
		foreign := Foreign(position(t, c.replica), position(t, c.primary), 1, 9)
		if foreign.String() != c.foreign {
			t.Errorf("%s against %s: %s, want %s", c.replica, c.primary, foreign, c.foreign)
		}
	}
}

func TestWhatIsNoPosition(t *testing.T) {
	for _, text := range []string{"1-5", "a-b-c", "0-1-5-6", "0-1--1", "0-99999999999-1"} {
		if p, err := ParsePosition(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
