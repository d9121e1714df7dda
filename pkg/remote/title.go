package remote

import "strings"

// Title is how a command is called in traces and errors: its Title, else the first line of its script that says
// something.
func Title(cmd Command) string {
	if cmd.Title != "" {
		return cmd.Title
	}
	for line := range strings.Lines(cmd.Script) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "set -") {
			return line
		}
	}
	return "an empty script"
}
