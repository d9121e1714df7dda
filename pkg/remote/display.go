package remote

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Display returns a command as a person would type it: the script with its arguments in place, behind "sudo -u USER"
// where it runs as another user. What is shown does the same as the command when it is pasted into a shell; where the
// arguments cannot be put in place safely, they are shown behind the script.
func Display(cmd Command) string {
	script := strings.TrimSpace(cmd.Script)
	filled, ok := fill(script, cmd.Args)
	switch {
	case ok && (cmd.As == "" || simple(script)):
		return sudo(cmd.As) + filled
	case ok:
		return sudo(cmd.As) + "sh -c " + shellescape.Quote(filled)
	}
	words := append([]string{"sh", "-c", script, "belt"}, cmd.Args...)
	return sudo(cmd.As) + shellescape.QuoteCommand(words)
}

func sudo(as string) string {
	switch as {
	case "":
		return ""
	case "root":
		return "sudo "
	}
	return "sudo -u " + shellescape.Quote(as) + " "
}

// ownArguments finds what makes "$1" mean something else than the script's own argument, or hides it from fill:
// functions, shift, set --, here-documents.
var ownArguments = regexp.MustCompile(`\w\s*\(\)|\bshift\b|\bset --|<<`)

// fill puts the quoted arguments where the script says "$1". It gives up on every other way of using them.
func fill(script string, args []string) (string, bool) {
	if len(args) == 0 {
		return script, true
	}
	if ownArguments.MatchString(script) {
		return script, false
	}
	var out strings.Builder
	single, double := false, false
	for i := 0; i < len(script); i++ {
		c := script[i]
		switch {
		case c == '\\' && !single && i+1 < len(script):
			out.WriteByte(c)
			i++
			c = script[i]
		case c == '\'' && !double:
			single = !single
		case c == '"' && !single && !double:
			if n, length := parameter(script[i:]); n > 0 {
				if n > len(args) {
					return script, false
				}
				out.WriteString(shellescape.Quote(args[n-1]))
				i += length - 1
				continue
			}
			double = true
		case c == '"' && !single:
			double = false
		case c == '$' && !single && positional(script[i+1:]):
			return script, false
		case c == '#' && !single && !double && (i == 0 || strings.ContainsRune(" \t\n;", rune(script[i-1]))):
			end := strings.IndexByte(script[i:], '\n') // a comment may hold a lonely quote
			if end < 0 {
				end = len(script) - i
			}
			out.WriteString(script[i : i+end])
			i += end - 1
			continue
		}
		out.WriteByte(c)
	}
	return out.String(), out.String() != script
}

// parameter reads "$1" or "${1}" with its double quotes, and returns its number and length; 0 for something else.
func parameter(s string) (number, length int) {
	end := strings.IndexByte(s[1:], '"')
	if end < 0 {
		return 0, 0
	}
	name, ok := strings.CutPrefix(s[1:1+end], "$")
	if !ok {
		return 0, 0
	}
	if strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") {
		name = name[1 : len(name)-1]
	} else if len(name) != 1 {
		return 0, 0
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 {
		return 0, 0
	}
	return n, end + 2
}

// positional tells whether what follows a "$" is an argument of the script.
func positional(s string) bool {
	s = strings.TrimPrefix(s, "{")
	return s != "" && (s[0] >= '0' && s[0] <= '9' || strings.IndexByte("@*#", s[0]) >= 0)
}

// simple tells whether sudo can run the script without a shell: one program with its arguments.
func simple(script string) bool {
	if strings.ContainsAny(script, "|&;<>()`\\\n*?[]~#{}!") {
		return false
	}
	// Behind "$" only arguments are left, which are put in place.
	if rest := strings.NewReplacer(`"$1"`, "", `"$2"`, "", `"$3"`, "", `"$4"`, "", `"$5"`, "", `"$6"`, "", `"$7"`, "", `"$8"`, "", `"$9"`, "").Replace(script); strings.Contains(rest, "$") {
		return false
	}
	first, _, _ := strings.Cut(script, " ")
	builtin := []string{"", ".", "cd", "command", "eval", "exec", "exit", "export", "if", "for", "case", "while", "until",
		"read", "set", "trap", "type", "ulimit", "umask", "unset", "wait"}
	return !strings.Contains(first, "=") && !slices.Contains(builtin, first)
}
