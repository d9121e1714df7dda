package remote

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Masked stands where a secret was.
const Masked = "******"

// Secrets is a set of strings that must not be shown, such as passwords. The program adds each as it learns it. It is
// safe for concurrent use; a nil *Secrets holds none.
type Secrets struct {
	mu       sync.RWMutex
	forms    map[string]bool
	replacer *strings.Replacer
	longest  int
}

// Add registers secrets. The empty string is none.
func (s *Secrets) Add(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forms == nil {
		s.forms = map[string]bool{}
	}
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			s.forms[form] = true
		}
	}
	s.rebuild()
}

func (s *Secrets) rebuild() {
	list := make([]string, 0, len(s.forms))
	for form := range s.forms {
		list = append(list, form)
		s.longest = max(s.longest, len(form))
	}
	// The longest first: a secret that begins with another one is masked whole.
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(list))
	for _, form := range list {
		pairs = append(pairs, form, Masked)
	}
	s.replacer = strings.NewReplacer(pairs...)
}

// Mask returns the text with every secret replaced, also where it is quoted for a shell, SQL or JSON, escaped for a
// URL, or encoded in base64 or hexadecimal, on its own or as part of a longer text.
func (s *Secrets) Mask(text string) string {
	if s == nil {
		return text
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// reach is how far beyond a cut a secret may go on.
func (s *Secrets) reach() int {
	if s == nil {
		return 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.longest
}

// forms returns the ways in which a secret can appear in a text.
func forms(secret string) []string {
	if secret == "" {
		return nil
	}
	quoted, _ := json.Marshal(secret)
	list := []string{
		secret,
		strings.ReplaceAll(secret, `'`, `'"'"'`), // in single quotes of a shell
		strings.ReplaceAll(secret, `'`, `'\''`),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(secret), // in its double quotes
		strings.ReplaceAll(secret, `'`, `''`),                                            // in SQL
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret),                        // in a conninfo string
		strings.Trim(string(quoted), `"`),
		url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:],
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	return append(list, encoded(secret)...)
}

// encoded returns the part of a secret's base64 that is the same wherever the secret stands in the encoded text: it
// may begin at any of the three bytes of a group.
func encoded(secret string) []string {
	var list []string
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		whole := len(padded) / 3 * 3
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if before == 0 {
				list = append(list, enc.EncodeToString(padded))
			}
			text := enc.EncodeToString(padded[:whole])
			if from := (before*8 + 5) / 6; len(text)-from >= 6 {
				list = append(list, text[from:])
			}
		}
	}
	return list
}
