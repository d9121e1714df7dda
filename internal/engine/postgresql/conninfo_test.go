package postgresql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConninfo(t *testing.T) {
	cases := map[string]struct {
		pairs []string
		want  string
	}{
		"plain":       {[]string{"host", "10.0.0.21", "port", "5432"}, "host=10.0.0.21 port=5432"},
		"empty":       {[]string{"host", "h", "sslrootcert", "", "user", "u"}, "host=h user=u"},
		"a space":     {[]string{"passfile", "/my files/p"}, "passfile='/my files/p'"},
		"a quote":     {[]string{"user", "o'neill"}, `user='o\'neill'`},
		"a backslash": {[]string{"user", `a\b`}, `user='a\\b'`},
		"a tab":       {[]string{"user", "a\tb"}, "user='a\tb'"},
		"both":        {[]string{"user", `it's \ here`}, `user='it\'s \\ here'`},
	}
	for name, c := range cases {
		got := conninfo(c.pairs...)
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		back := map[string]string{}
		for i := 0; i < len(c.pairs); i += 2 {
			if c.pairs[i+1] != "" {
				back[c.pairs[i]] = c.pairs[i+1]
			}
		}
		if d := cmp.Diff(back, parseConninfo(got)); d != "" {
			t.Errorf("%s: read back (-want +got):\n%s", name, d)
		}
	}
}

func TestUpstream(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"user=repl":                      "",
		"host=db1":                       "db1:5432",
		"host=db1 port=5433":             "db1:5433",
		"host=db1 hostaddr=10.0.0.21":    "10.0.0.21:5432",
		" host = '10.0.0.21'  port=6000": "10.0.0.21:6000",
		"host='a b":                      "a b:5432",
		"nonsense":                       "",
	} {
		if got := upstream(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzConninfo(f *testing.F) {
	f.Add("it's", `\ here`)
	f.Fuzz(func(t *testing.T, user, file string) {
		got := parseConninfo(conninfo("user", user, "passfile", file, "port", "5432"))
		if got["user"] != user || got["passfile"] != file || got["port"] != "5432" {
			t.Errorf("%q, %q became %q", user, file, got)
		}
	})
}
