package postgresql

import "testing"

func TestLSN(t *testing.T) {
	for text, want := range map[string]lsn{
		"0/3000148": 0x3000148, "16/B374D848": 0x16B374D848, "FFFFFFFF/FFFFFFFF": 1<<64 - 1, "": 0, "x": 0, "1/": 0, "123456789/0": 0,
	} {
		if got := parseLSN(text); got != want {
			t.Errorf("%q: %s", text, got)
		}
		if want != 0 && want.String() != text {
			t.Errorf("%s is written %s", text, want)
		}
	}
}

func TestSQLQuoting(t *testing.T) {
	for text, want := range map[string]string{"a": `'a'`, "o'neill": `'o''neill'`, `a\b'`: ` E'a\\b'''`} {
		if got := literal(text); got != want {
			t.Errorf("literal(%q) is %s", text, got)
		}
	}
	if got := ident(`a"b`); got != `"a""b"` {
		t.Errorf("ident is %s", got)
	}
}
