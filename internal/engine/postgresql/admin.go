package postgresql

import (
	"fmt"
	"io"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// adminPrelude makes libpq log in as the account that the inventory names, where the instance's owner may not log in
// through the socket without a password. The password comes on the first line of the input and lies in a file that only
// the script's user reads and that goes with the script.
const adminPrelude = `umask 077
PGPASSFILE=$(mktemp) || exit
trap 'rm -f "$PGPASSFILE"' EXIT
IFS= read -r line && printf '%s\n' "$line" >"$PGPASSFILE" && IFS= read -r PGUSER || exit
export PGPASSFILE PGUSER
(
`

// asAdmin lets a command that runs psql log in as the node's admin account, if the inventory names one.
func asAdmin(node replication.Node, cmd remote.Command) (remote.Command, error) {
	s := node.Settings
	if s.AdminUser == "" {
		return cmd, nil
	}
	password := ""
	if s.AdminPassword != nil {
		var err error
		if password, err = s.AdminPassword(); err != nil {
			return cmd, fmt.Errorf("%s: the admin account: %w", node.Label, err)
		}
	}
	if strings.ContainsAny(s.AdminUser+password, "\n\x00") {
		return cmd, fmt.Errorf("%s: the admin account: a line break in the name or the password", node.Label)
	}
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace
	secret := fmt.Sprintf("*:*:*:%s:%s\n%s\n", escape(s.AdminUser), escape(password), s.AdminUser)
	input := cmd.Stdin
	if input == nil {
		input = strings.NewReader("")
	}
	cmd.Script = adminPrelude + cmd.Script + "\n)"
	cmd.Stdin = io.MultiReader(strings.NewReader(secret), input)
	return cmd, nil
}
