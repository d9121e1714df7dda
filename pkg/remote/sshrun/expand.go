package sshrun

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
)

// expander fills in the tokens that ssh -G leaves as they are; see TOKENS in ssh_config(5).
type expander struct {
	settings settings
	original string // the host as it was named
	local    *user.User
	home     string
}

func (x expander) tokens(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	host, _ := os.Hostname()
	short, _, _ := strings.Cut(host, ".")
	key := x.settings.hostKeyAlias
	if key == "" || strings.Contains(key, "%k") {
		key = x.original
	}
	return strings.NewReplacer(
		"%%", "%", "%h", x.settings.host, "%p", x.settings.port, "%r", x.settings.user, "%n", x.original,
		"%u", x.local.Username, "%i", x.local.Uid, "%d", x.home, "%k", key, "%l", host, "%L", short,
	).Replace(text)
}

// path expands tokens, ${VARIABLES} and a leading ~.
func (x expander) path(path string) string {
	path = x.tokens(path)
	if strings.Contains(path, "${") {
		path = os.Expand(path, os.Getenv)
	}
	return underHome(path, x.home)
}

// underHome expands a leading ~.
func underHome(path, home string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		return filepath.Join(home, path[1:])
	}
	return path
}

func (x expander) paths(list []string) []string {
	var out []string
	for _, path := range list {
		if path = x.path(strings.Trim(path, `"`)); path != "" && path != "none" {
			out = append(out, path)
		}
	}
	return out
}
