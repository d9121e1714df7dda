package sshrun

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// resolve finds out how a server is reached. OpenSSH itself reads its configuration (ssh -G, since 6.8): Match, Include
// and tokens are many, and a second reader of them would be wrong where it matters.
func (p *Pool) resolve(ctx context.Context, t Target) (settings, error) {
	me, err := user.Current()
	if err != nil {
		return settings{}, fmt.Errorf("find the local user: %w", err)
	}
	host := strings.Trim(t.Host, "[]")
	values := openSSHDefaults(me.Username, host)
	if p.opts.SSH != "" && p.opts.SSH != "none" {
		if values, err = p.askSSH(ctx, t, host); err != nil {
			return settings{}, err
		}
	}
	s := settings{
		name: t.Host, host: values.one("hostname"), port: values.one("port"), user: values.one("user"),
		network: network(values.one("addressfamily")), timeout: p.timeout(values.one("connecttimeout")),
		hostKey: t.HostKey, hostKeyAlias: values.word("hostkeyalias"), policy: policyOf(values.one("stricthostkeychecking")),
		hashKnownHosts: values.yes("hashknownhosts"), identitiesOnly: values.yes("identitiesonly"),
		jump: values.word("proxyjump"), proxyCommand: values.word("proxycommand"),
	}
	override(&s.port, t.Port)
	override(&s.user, t.User)
	if t.Jump != "" {
		s.jump, s.proxyCommand = t.Jump, ""
	}
	if t.User == "" && t.fallbackUser != "" && s.user == me.Username {
		s.user = t.fallbackUser // ssh -G names the local user where the configuration names none
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
		return settings{}, fmt.Errorf("%q is not a port", s.port)
	}

	x := expander{settings: s, original: host, local: me, home: p.opts.Home}
	s.hostKeyAlias, s.proxyCommand = x.tokens(s.hostKeyAlias), x.tokens(s.proxyCommand)
	s.identityFile = x.path(t.IdentityFile)
	s.identityFiles, s.certificates = x.paths(values["identityfile"]), x.paths(values["certificatefile"])
	s.userKnownHosts = x.paths(strings.Fields(values.one("userknownhostsfile")))
	s.sysKnownHosts = x.paths(strings.Fields(values.one("globalknownhostsfile")))
	if t.KnownHosts != "" {
		s.userKnownHosts, s.sysKnownHosts = []string{x.path(t.KnownHosts)}, nil
	}
	s.agent = p.agentSocket(x, values.one("identityagent"))
	return s, nil
}

// askSSH returns what OpenSSH would use for the host.
func (p *Pool) askSSH(ctx context.Context, t Target, host string) (sshValues, error) {
	select {
	case p.lookups <- struct{}{}:
		defer func() { <-p.lookups }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	args := []string{"-G"}
	for _, flag := range []struct{ name, value string }{
		{"-F", p.opts.ConfigFile}, {"-l", t.User}, {"-p", t.Port}, {"-i", underHome(t.IdentityFile, p.opts.Home)},
	} {
		if flag.value != "" {
			args = append(args, flag.name, flag.value)
		}
	}
	cmd := exec.CommandContext(ctx, p.opts.SSH, append(args, "--", host)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ssh -G cannot read the SSH configuration: %s (%w)", strings.TrimSpace(stderr.String()), err)
	}
	return parseSSH(stdout.String()), nil
}

// sshValues is the answer of ssh -G: keywords in small letters, each with its lines.
type sshValues map[string][]string

func parseSSH(text string) sshValues {
	values := sshValues{}
	for line := range strings.Lines(text) {
		keyword, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		values[strings.ToLower(keyword)] = append(values[strings.ToLower(keyword)], value)
	}
	return values
}

func (v sshValues) one(keyword string) string {
	if len(v[keyword]) == 0 {
		return ""
	}
	return v[keyword][0]
}

// word is one without the word that OpenSSH prints for "not set".
func (v sshValues) word(keyword string) string {
	if value := v.one(keyword); !strings.EqualFold(value, "none") {
		return value
	}
	return ""
}

func (v sshValues) yes(keyword string) bool {
	value := v.one(keyword)
	return value == "yes" || value == "true"
}

// openSSHDefaults stands in for ssh -G where no ssh is installed; see ssh_config(5).
func openSSHDefaults(localUser, host string) sshValues {
	return sshValues{
		"hostname": {host}, "port": {"22"}, "user": {localUser}, "stricthostkeychecking": {"ask"},
		"identityfile":         {"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519"},
		"userknownhostsfile":   {"~/.ssh/known_hosts ~/.ssh/known_hosts2"},
		"globalknownhostsfile": {"/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"},
	}
}

func override(value *string, by string) {
	if by != "" {
		*value = by
	}
}

func network(family string) string {
	switch family {
	case "inet":
		return "tcp4"
	case "inet6":
		return "tcp6"
	}
	return "tcp"
}

func (p *Pool) timeout(seconds string) time.Duration {
	if n, err := strconv.Atoi(seconds); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	return p.opts.ConnectTimeout
}

// policyOf reads StrictHostKeyChecking. "no" would take changed keys as well; here it takes new ones only.
func policyOf(value string) policy {
	switch value {
	case "accept-new", "no", "off", "false":
		return acceptNew
	case "yes", "true":
		return refuse
	}
	return ask
}

func (p *Pool) agentSocket(x expander, value string) string {
	if value == "" || value == "SSH_AUTH_SOCK" {
		value = p.opts.Agent
	}
	switch {
	case value == "none":
		return ""
	case value == "":
		return ""
	case strings.HasPrefix(value, "$"):
		return os.Getenv(strings.Trim(value[1:], "{}"))
	}
	return x.path(filepath.Clean(value))
}
