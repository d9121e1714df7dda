package envfile

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Format is the syntax of a file of variables.
type Format string

// The formats, by the names that the inventory uses.
const (
	Dotenv  Format = "dotenv"
	Export  Format = "export"
	Systemd Format = "systemd"
	JSON    Format = "json"
)

// Formats lists every format, the default first.
func Formats() []Format { return []Format{Dotenv, Export, Systemd, JSON} }

// ParseFormat turns a format's name into a Format; the empty name is Dotenv.
func ParseFormat(name string) (Format, error) {
	if name == "" {
		return Dotenv, nil
	}
	for _, f := range Formats() {
		if name == string(f) {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown format %q: use dotenv, export, systemd or json", name)
}

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkName reports why name cannot be an environment variable, or nil.
func checkName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("invalid variable name %q: use letters, digits and _, not starting with a digit", name)
	}
	return nil
}

// checkValue reports why value cannot be carried by every format, or nil. The
// message does not repeat the value: it may be a password.
func checkValue(value string) error {
	if strings.ContainsRune(value, 0) {
		return fmt.Errorf("the value holds a NUL byte, which no environment can carry")
	}
	if !utf8.ValidString(value) {
		return fmt.Errorf("the value is not valid UTF-8")
	}
	return nil
}

// isPlain reports whether every reader of every format, and a shell, takes the
// text as it stands: nothing to quote, to expand or to trim.
func isPlain(value string) bool {
	if strings.HasPrefix(value, "=") { // zsh expands =command
		return false
	}
	for i := range len(value) {
		c := value[i]
		if !isNameByte(c) && !strings.ContainsRune("./:,@%+=?^-", rune(c)) {
			return false
		}
	}
	return true
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
