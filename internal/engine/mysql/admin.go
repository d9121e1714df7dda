package mysql

import (
	"fmt"
	"io"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// adminPrelude makes the clients log in as the account that the inventory names, where root may not log in through the
// socket without a password. The file of options comes as the first lines of the input, up to an empty one; it is read by
// root alone and goes with the script.
const adminPrelude = `umask 077
file=$(mktemp) || exit
trap 'rm -f "$file"' EXIT
while IFS= read -r line && [ -n "$line" ]; do printf '%s\n' "$line"; done >"$file"
login=--defaults-file=$file user=
(
`

// asAdmin lets a command that runs a client log in as the node's admin account, if the inventory names one. Without one
// it is root, whom both servers let in through their socket.
func asAdmin(node replication.Node, cmd remote.Command) (remote.Command, error) {
	options, err := adminOptions(node)
	if err != nil || options == "" {
		return cmd, err
	}
	input := cmd.Stdin
	if input == nil {
		input = strings.NewReader("")
	}
	cmd.Script = adminPrelude + cmd.Script + "\n)"
	cmd.Stdin = io.MultiReader(strings.NewReader(options+"\n"), input)
	return cmd, nil
}

// adminOptions is a file of options with the node's admin account; empty when the inventory names none.
func adminOptions(node replication.Node) (string, error) {
	s := node.Settings
	if s.AdminUser == "" {
		return "", nil
	}
	password := ""
	if s.AdminPassword != nil {
		var err error
		if password, err = s.AdminPassword(); err != nil {
			return "", fmt.Errorf("%s: the admin account: %w", node.Label, err)
		}
	}
	if strings.ContainsAny(s.AdminUser+password, "\n\x00") {
		return "", fmt.Errorf("%s: the admin account: a line break in the name or the password", node.Label)
	}
	return "[client]\nuser=" + optionValue(s.AdminUser) + "\npassword=" + optionValue(password) + "\n", nil
}

// optionValue quotes a value for a file of options.
func optionValue(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
