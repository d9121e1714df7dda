package remote_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"al.essio.dev/pkg/shellescape"
	"github.com/dbbelt/belt/pkg/remote"
)

func TestMask(t *testing.T) {
	for _, secret := range []string{"correct horse", `p'a"s\s$w` + "`o`rd", "grüße/+=&?#", "two\nlines", "short"} {
		var s remote.Secrets
		s.Add("", "corr", secret)
		quoted, _ := json.Marshal(secret)
		for name, text := range map[string]string{
			"plain":             secret,
			"twice":             secret + " and " + secret,
			"shell":             "PGPASSWORD=" + shellescape.Quote(secret) + " psql",
			"shell, backslash":  "'" + strings.ReplaceAll(secret, "'", `'\''`) + "'",
			"double quotes":     `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(secret) + `"`,
			"sql":               "PASSWORD '" + strings.ReplaceAll(secret, "'", "''") + "'",
			"json":              `{"password":` + string(quoted) + "}",
			"url":               (&url.URL{Scheme: "postgresql", User: url.UserPassword("u", secret), Host: "h"}).String(),
			"query":             url.Values{"password": {secret}}.Encode(),
			"path":              url.PathEscape(secret),
			"base64":            base64.StdEncoding.EncodeToString([]byte(secret)),
			"base64 url":        base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"hexadecimal":       hex.EncodeToString([]byte(secret)),
			"hexadecimal upper": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		} {
			got := s.Mask("before " + text + " after")
			if strings.Contains(got, text) || !strings.Contains(got, remote.Masked) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
				t.Errorf("%s: %q became %q", name, text, got)
			}
		}
	}
}

// In the base64 of a longer text the secret begins anywhere in a group of three bytes.
func TestMaskInsideBase64(t *testing.T) {
	const secret = "a long enough secret"
	var s remote.Secrets
	s.Add(secret)
	for before := range 7 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + secret + "yy"))
		masked := s.Mask(text)
		if !strings.Contains(masked, remote.Masked) {
			t.Errorf("%d bytes before: %q is not masked", before, text)
		}
		// What is left must not give back more than the byte or two at its edges.
		for _, part := range strings.Split(masked, remote.Masked) {
			plain, _ := base64.RawStdEncoding.DecodeString(part[:len(part)/4*4])
			if strings.Contains(string(plain), secret[:4]) || strings.Contains(string(plain), secret[len(secret)-4:]) {
				t.Errorf("%d bytes before: %q is left", before, plain)
			}
		}
	}
}

func TestMaskLeavesOtherTextAlone(t *testing.T) {
	var none *remote.Secrets
	var empty, some remote.Secrets
	some.Add("hunter2")
	const text = "nothing to see; hunter 2"
	for name, s := range map[string]*remote.Secrets{"nil": none, "empty": &empty, "some": &some} {
		if got := s.Mask(text); got != text {
			t.Errorf("%s: %q", name, got)
		}
	}
}
