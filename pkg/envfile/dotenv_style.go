package envfile

import (
	"strings"
	"unicode"
)

// style is a way to write a dotenv value; see the package documentation.
type style int

const (
	plain style = iota
	single
	double
	bare
	guarded
	escaped
)

// styleOf picks the first style in which most readers take the value.
func styleOf(value string) style {
	backslashes := strings.Contains(value, `\\`) || strings.HasSuffix(value, `\`) // read in two ways, or guarding the quote
	switch {
	case isPlain(value):
		return plain
	case !strings.ContainsAny(value, "'\r") && !backslashes:
		return single
	case !strings.ContainsAny(value, "\"\\$\r"):
		return double
	case isBare(value):
		return bare
	case strings.Contains(value, "$") && !strings.Contains(value, "\r") && !strings.Contains(value, `\'`) && !backslashes:
		return guarded
	}
	return escaped
}

// isBare reports whether dotenv readers take the value without quotes.
func isBare(value string) bool {
	if value == "" || strings.ContainsAny(value, "#$") || strings.IndexByte(" '\"`", value[0]) >= 0 || strings.HasSuffix(value, " ") {
		return false
	}
	return strings.IndexFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func quoteDotenv(value string) string {
	switch styleOf(value) {
	case plain, bare:
		return value
	case single:
		return "'" + value + "'"
	case double:
		return `"` + value + `"`
	case guarded:
		return "'" + strings.ReplaceAll(value, "'", `\'`) + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\r", `\r`).Replace(value) + `"`
}

// Portable reports whether all common readers of the format agree about value as
// Belt writes it. Only dotenv has readers that differ: a value that mixes quotes
// with $ or backslashes, or holds ${, is safer in the other formats. docker run
// --env-file is not counted here: it takes every quote as part of the value.
func Portable(format Format, value string) bool {
	if format != Dotenv {
		return true
	}
	switch styleOf(value) {
	case plain, single, double:
		return !strings.Contains(value, "${")
	case bare:
		return !strings.Contains(value, `\`)
	}
	return false
}
