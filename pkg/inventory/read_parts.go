package inventory

import (
	"encoding/base64"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// ssh reads an ssh block; only a server's own may pin a host key.
func (r *reader) ssh(n *yaml.Node, what string, ofServer bool) SSH {
	var s SSH
	known := fields{
		"user":          func(n *yaml.Node) { s.User = r.word(n, what+": user") },
		"port":          func(n *yaml.Node) { s.Port = r.number(n, what+": port", 65535) },
		"identity_file": func(n *yaml.Node) { s.IdentityFile = r.localPath(n, what+": identity_file") },
		"known_hosts":   func(n *yaml.Node) { s.KnownHosts = r.localPath(n, what+": known_hosts") },
		"jump":          func(n *yaml.Node) { s.Jump = r.jump(n, what+": jump") },
	}
	forbidden := map[string]string{
		"password": "passwords are not used: log in with a key (identity_file) or the agent",
		"host_key": "host_key belongs to one server, under its own ssh:",
	}
	if ofServer {
		known["host_key"] = func(n *yaml.Node) { s.HostKey = r.hostKey(n, what+": host_key") }
	}
	r.object(n, what, known, forbidden)
	return s
}

// word reads a value without white space.
func (r *reader) word(n *yaml.Node, what string) string {
	value := r.text(n, what)
	if strings.ContainsAny(value, " \t") || strings.HasPrefix(value, "-") {
		r.problem(n, "%s %q: no spaces, and no - at the beginning", what, value)
		return ""
	}
	return value
}

var jumpForm = regexp.MustCompile(`^([^\s@,-][^\s@,]*@)?[^\s@,-][^\s@,]*$`)

func (r *reader) jump(n *yaml.Node, what string) string {
	value := r.word(n, what)
	if value == "" {
		return ""
	}
	for _, hop := range strings.Split(value, ",") {
		if !jumpForm.MatchString(hop) {
			r.problem(n, "%s %q: write [USER@]HOST[:PORT], several separated by commas", what, value)
			return ""
		}
	}
	return value
}

// hostKey reads a public key as in a known_hosts line. The blob begins with the length and the name of its type (RFC 4253, 6.6).
func (r *reader) hostKey(n *yaml.Node, what string) string {
	value := r.text(n, what)
	if value == "" {
		return ""
	}
	parts := strings.Fields(value)
	if len(parts) >= 2 {
		blob, err := base64.StdEncoding.DecodeString(parts[1])
		if name := parts[0]; err == nil && len(blob) > 4+len(name) &&
			int(blob[3]) == len(name) && string(blob[4:4+len(name)]) == name {
			return value
		}
	}
	r.problem(n, "%s is not a public key: write it as `ssh-keyscan` prints it, type and key: \"ssh-ed25519 AAAA…\"", what)
	return ""
}

func (r *reader) credentials(n *yaml.Node, what string, withDatabase bool) Credentials {
	var c Credentials
	known := fields{
		"username": func(n *yaml.Node) { c.Username = r.text(n, what+": username") },
		"password_file": func(n *yaml.Node) {
			c.Pos, c.PasswordFile = r.pos(n), r.localPath(n, what+": password_file")
		},
	}
	if withDatabase {
		known["database"] = func(n *yaml.Node) { c.Database = r.text(n, what+": database") }
	}
	r.block(n, what, known, map[string]string{
		"password": "a password does not belong into this file: put it into one of its own, and name that as password_file",
	})
	return c
}

// command reads the path of a program; a bare name is left to PATH.
func (r *reader) command(n *yaml.Node, what string) string {
	value := r.text(n, what)
	if value == "" || !strings.Contains(value, "/") {
		return value
	}
	return r.localPath(n, what)
}

func (r *reader) env(n *yaml.Node, a App) Env {
	e := Env{Format: "dotenv", Pos: r.pos(n)}
	what := "env of " + a.Name
	hasFile := false
	r.block(n, what, fields{
		"servers": func(n *yaml.Node) { e.Servers = r.members(n, what+": servers", a) },
		"file":    func(n *yaml.Node) { hasFile, e.File = true, r.serverPath(n, what+": file") },
		"format": func(n *yaml.Node) {
			e.Format = r.oneOf(n, what+": format", []string{"dotenv", "export", "systemd", "json"})
		},
		"apply": func(n *yaml.Node) { e.Apply = r.script(n, what+": apply") },
	}, nil)
	switch {
	case !hasFile && n.Kind == yaml.MappingNode && len(n.Content) > 0:
		r.problem(n, "%s has no file: name the file on the servers that takes the variables", what)
	case strings.HasSuffix(e.File, "/"):
		r.problem(n, "%s: file %q is a folder", what, e.File)
	}
	return e
}

func (r *reader) backups(n *yaml.Node, a App) Backups {
	b := Backups{Pos: r.pos(n)}
	what := "backups of " + a.Name
	hasServer, hasDirectory := false, false
	r.block(n, what, fields{
		"server": func(n *yaml.Node) {
			hasServer = true
			if b.Server = r.text(n, what+": server"); b.Server != "" {
				r.checkMember(item{b.Server, n}, what+": server", a)
			}
		},
		"directory": func(n *yaml.Node) { hasDirectory, b.Directory = true, r.serverPath(n, what+": directory") },
		"keep":      func(n *yaml.Node) { b.Keep = r.number(n, what+": keep", 1_000_000) },
		"keep_days": func(n *yaml.Node) { b.KeepDays = r.number(n, what+": keep_days", 100_000) },
		"recipient": func(n *yaml.Node) {
			if b.Recipient = r.word(n, what+": recipient"); b.Recipient != "" && !strings.HasPrefix(b.Recipient, "age1") {
				r.problem(n, "%s: recipient %q: write the public key that age-keygen prints, \"age1…\"", what, b.Recipient)
			}
		},
		"identity_file": func(n *yaml.Node) { b.Identity = r.localPath(n, what+": identity_file") },
	}, nil)
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return b
	}
	if !hasServer {
		r.problem(n, "%s has no server", what)
	}
	if !hasDirectory {
		r.problem(n, "%s has no directory", what)
	}
	return b
}

// members reads a list of the app's servers.
func (r *reader) members(n *yaml.Node, what string, a App) []string {
	var names []string
	for _, it := range r.list(n, what) {
		r.checkMember(it, what, a)
		names = append(names, it.name)
	}
	return names
}

func (r *reader) checkMember(it item, what string, a App) {
	if _, err := a.Server(it.name); err != nil {
		r.problem(it.at, "%s: %q is no server of %s%s", what, it.name, a.Name, didYouMean(it.name, a.ServerNames()))
	}
}
