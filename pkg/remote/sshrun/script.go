package sshrun

import (
	"encoding/base64"
	"fmt"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/dbbelt/belt/pkg/remote"
)

// maxArgument is Linux's MAX_ARG_STRLEN less the closing NUL: execve(2) takes no longer argument.
const maxArgument = 128<<10 - 1

// wordSize is how the encoded script is cut up: Debian's csh refuses a word of 8 KiB ("Word too long") and a line of
// 1023 words. A multiple of four keeps "=" from beginning a word, which zsh would expand.
const wordSize = 960

// commandLine returns what the login shell is given to run. That shell may be fish or csh, so the line is made of
// words that every shell reads alike; within the single quotes there is no quote, backslash, newline or "!".
//
// What it decodes prints the mark on both outputs, so that whatever the login shell has printed before can be told
// from the script's own output, and then becomes the script. With probe it first makes sure that the login user may
// become cmd.As, and says so behind the mark if not.
func commandLine(cmd remote.Command, mark string, probe bool) (string, error) {
	if strings.ContainsRune(cmd.Script, 0) {
		return "", fmt.Errorf("the script has a NUL byte")
	}
	for i, arg := range cmd.Args {
		if strings.ContainsRune(arg, 0) {
			return "", fmt.Errorf("argument %d has a NUL byte", i+1)
		}
	}
	words := append([]string{"/bin/sh", "-c", cmd.Script, "belt"}, cmd.Args...)
	if size := len(cmd.Script); size > maxArgument {
		return "", fmt.Errorf("the script has %d bytes, a server takes %d: send data on stdin", size, maxArgument)
	}
	var b strings.Builder
	// Debian gives ordinary users no sbin, where runuser, ip and the databases' tools are.
	b.WriteString("export LC_ALL=C PATH=\"$PATH:/usr/local/sbin:/usr/sbin:/sbin\"\n")
	b.WriteString("cd /\n")
	fmt.Fprintf(&b, "echo %s $$; echo %s $$ >&2\n", mark, mark)
	fmt.Fprintf(&b, "set -- %s\n", shellescape.QuoteCommand(words))
	if cmd.As != "" {
		become(&b, cmd.As, mark, probe)
	}
	b.WriteString("exec \"$@\"\n")

	var line strings.Builder
	line.WriteString(`exec /bin/sh -c 'eval "$(printf %s "$@" | base64 -d)"' belt`)
	for text := base64.StdEncoding.EncodeToString([]byte(b.String())); text != ""; {
		n := min(len(text), wordSize)
		line.WriteString(" " + text[:n])
		text = text[n:]
	}
	if line.Len() > maxArgument {
		return "", fmt.Errorf("script and arguments have %d bytes, about %d fit: send data on stdin", b.Len(), maxArgument/4*3)
	}
	return line.String(), nil
}

// become makes the script run as another user: directly where the login already is that user, through runuser for
// root, else through sudo.
func become(b *strings.Builder, as, mark string, probe bool) {
	fmt.Fprintf(b, "u=%s\n", shellescape.Quote(as))
	fmt.Fprintf(b, "no() { printf '%%s\\n' \"%s-no $*\" >&2; exit 1; }\n", mark)
	b.WriteString("[ \"$(id -un)\" = \"$u\" ] && exec \"$@\"\n")
	if probe {
		b.WriteString("id -u \"$u\" >/dev/null 2>&1 || no '" + remote.NoSuchUser + "'\n")
	}
	// runuser keeps root's HOME, where the user cannot read; psql, for one, looks there.
	b.WriteString("if [ \"$(id -u)\" = 0 ] && command -v runuser >/dev/null; then\n" +
		"h=$(getent passwd \"$u\" | cut -d: -f6); export HOME=\"${h:-/}\" USER=\"$u\" LOGNAME=\"$u\"\n" +
		"exec runuser -u \"$u\" -- \"$@\"\n" +
		"fi\n")
	if probe {
		b.WriteString("command -v sudo >/dev/null || no 'sudo is not installed'\n" +
			"why=$(sudo -n -u \"$u\" -- /bin/sh -c : 2>&1 </dev/null) || no \"$why\"\n")
	}
	b.WriteString("exec sudo -n -u \"$u\" -- \"$@\"\n")
}
