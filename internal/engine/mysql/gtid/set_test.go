package gtid

import "testing"

const (
	a = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	b = "4e11fa47-71ca-11e1-9e33-c80aa9429562"
)

func set(t *testing.T, text string) Set {
	t.Helper()
	s, err := ParseSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSetsAreSubtractedAndNamed(t *testing.T) {
	for _, c := range []struct{ has, not, left string }{
		{"", "", ""},
		{a + ":1-5", "", a + ":1-5"},
		{a + ":1-5", a + ":1-5", ""},
		{a + ":1-5", a + ":1-9", ""},
		{a + ":1-9", a + ":3", a + ":1-2:4-9"},
		{a + ":1-9", a + ":1-2:5:8-20", a + ":3-4:6-7"},
		{a + ":5-9", a + ":1-4", a + ":5-9"},
		{a + ":1-3,\n" + b + ":1-2", a + ":1-3", b + ":1-2"},
		{a + ":1-3:5:4", a + ":1-3", a + ":4-5"},                         // in any order
		{a + ":1-3:backup:1-2", a + ":1-3:backup:1", a + ":backup:2"},    // tags, MySQL 8.3
		{"3E11FA47-71CA-11E1-9E33-C80AA9429562:1-2", a + ":1", a + ":2"}, // in any case
	} {
		left := set(t, c.has).Minus(set(t, c.not))
		if left.String() != c.left {
			t.Errorf("%s minus %s is %s, want %s", c.has, c.not, left, c.left)
		}
		if has := set(t, c.not).Has(set(t, c.has)); has != (c.left == "") {
			t.Errorf("%q has %q: %v", c.not, c.has, has)
		}
	}
}

func TestSetsOfOneSource(t *testing.T) {
	s := set(t, a+":1-3:backup:1-2,"+b+":7")
	if own := s.Only(a); own.Count() != 5 || s.Count() != 6 {
		t.Errorf("%s has %d, %s has %d", own, own.Count(), s, s.Count())
	}
}

func TestWhatIsNoSet(t *testing.T) {
	for _, text := range []string{"1-5", a, a + ":", a + ":5-1", a + ":0", "0-1-100", a + ":1-x"} {
		if s, err := ParseSet(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}
