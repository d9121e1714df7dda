package postgresql

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestVerifierIsTheServers: real servers were told the password "pencil", and this is what they stored.
func TestVerifierIsTheServers(t *testing.T) {
	eachMajor(t, func(t *testing.T, major int) {
		want := strings.TrimSpace(read(t, fmt.Sprintf("%d/scram-of-pencil.txt", major)))
		salt, err := base64.StdEncoding.DecodeString(strings.FieldsFunc(want, func(r rune) bool { return r == '$' || r == ':' })[2])
		if err != nil {
			t.Fatal(err)
		}
		got, err := scramVerifier("pencil", salt)
		if err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	})
}

func TestNewPassword(t *testing.T) {
	plain := regexp.MustCompile(`^[A-Za-z0-9_-]{32}$`) // nothing that a passfile, SQL or a shell would read otherwise
	seen := map[string]bool{}
	for range 100 {
		p := newPassword()
		if !plain.MatchString(p) || seen[p] {
			t.Fatalf("password %q", p)
		}
		seen[p] = true
	}
}
