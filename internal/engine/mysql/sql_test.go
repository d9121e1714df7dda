package mysql

import "testing"

func TestQuoting(t *testing.T) {
	for in, want := range map[string]string{
		"plain":    `'plain'`,
		"it's":     `'it''s'`,
		`a\b`:      `'a\\b'`,
		"10.0.0.%": `'10.0.0.%'`,
	} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) is %s", in, got)
		}
	}
	if got := ident("a`b"); got != "`a``b`" {
		t.Errorf("ident: %s", got)
	}
	if got := user("belt_shop_db2", "10.0.0.22"); got != "'belt_shop_db2'@'10.0.0.22'" {
		t.Errorf("user: %s", got)
	}
}

func TestValuesThatAreTheSame(t *testing.T) {
	for _, pair := range [][2]string{{"ON", "1"}, {"OFF", "0"}, {"on", "YES"}, {"10.000000", "10"}, {"mixed", "MIXED"}, {"", ""}} {
		if !sameValue(pair[0], pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"ON", "OFF"}, {"10.5", "10"}, {"", "ON"}, {"2", "1"}} {
		if sameValue(pair[0], pair[1]) {
			t.Errorf("%q and %q are the same", pair[0], pair[1])
		}
	}
}

func TestNativePasswordsAreHashed(t *testing.T) {
	// What MariaDB's PASSWORD('secret') gives.
	if got := mariaDB.identified("secret"); got != "IDENTIFIED VIA mysql_native_password USING '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7'" {
		t.Error(got)
	}
}
