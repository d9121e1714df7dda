package envfile

import (
	"regexp"
	"strings"
)

// mask stands for a secret, whatever its length.
const mask = "********"

var passwordParameter = regexp.MustCompile(`(?i)([?&;](?:ssl)?(?:password|passwd|pwd)=)[^&;#]*`)

// Mask hides the secrets in the value of a variable: all of it where the name
// ends in PASSWORD, and in any value that is a URL its password. When in doubt
// it hides more. An empty value is no secret.
func Mask(name, value string) string {
	if value == "" {
		return ""
	}
	if strings.HasSuffix(strings.ToUpper(name), "PASSWORD") {
		return mask
	}
	scheme := strings.Index(value, "://")
	if scheme < 0 {
		return value
	}
	value = passwordParameter.ReplaceAllString(value, "${1}"+mask)
	// A password that was not encoded may itself hold : / and @.
	start := scheme + len("://")
	end := strings.LastIndexByte(value, '@')
	if end < start {
		return value
	}
	colon := strings.IndexByte(value[start:end], ':')
	if colon < 0 {
		return value
	}
	return value[:start+colon+1] + mask + value[end:]
}
