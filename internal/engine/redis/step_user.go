package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// rights are what a replica needs of its primary, and no more: no key, no channel, three commands.
var rights = []string{"+psync", "+replconf", "+ping"}

// user makes the replica's own user on the primary, with a random password that only the replica's server knows: the
// primary keeps its hash.
func (m making) user() plan.Step {
	return m.Step(plan.Step{
		ID: "user", Server: m.From(), Title: fmt.Sprintf("make user %s for %s", m.Name, m.To()),
		Commands: []string{
			fmt.Sprintf("ACL SETUSER %s reset on #… %s", m.Name, strings.Join(rights, " ")),
			fmt.Sprintf("to %s: user %s on #… %s", m.usersFile(), m.Name, strings.Join(rights, " ")),
			fmt.Sprintf("on %s: write %s (mode 0640), not included yet", m.To(), m.tn.dropIn()),
		},
		Done: m.loginWorks,
		Do:   func(ctx context.Context, _ plan.Progress) error { return m.makeUser(ctx) },
		Undo: plan.Undoable("remove the user and the file", func(ctx context.Context, _ plan.Progress) error {
			if m.newUser { // else it is what the server is known by
				if err := m.dropUser(ctx); err != nil {
					return err
				}
			}
			return m.dropFollowing(ctx)
		}),
	})
}

// usersFile is where the primary's configuration has its users: the file of the ACL, or the main one. Belt's own would be the
// wrong place: CONFIG REWRITE, which any administrator may run, writes all users into the main file, and with the same user in
// two of them a server does not start (seen with 7.0.15: "Duplicate user found").
func (m making) usersFile() string {
	if f := m.pn.aclFile(); f != "" {
		return f
	}
	return m.pn.Config
}

// aclFile is the file of the users, where there is one: then the configuration itself may have none.
func (n *native) aclFile() string { return strings.Trim(n.Settings["aclfile"], `"`) }

func (m making) makeUser(ctx context.Context) error {
	if m.Between {
		if err := m.putCertificates(ctx); err != nil {
			return err
		}
	}
	if err := replica.PutState(ctx, m.target.Node.Runner, m.WrittenFile(), m.before()); err != nil {
		return err
	}
	password := rand.Text() + rand.Text()
	settings := with(m.followSettings(), conf.Setting{Name: "masterauth", Args: []string{password}})
	if m.feeds || m.held != nil { // its own replicas and clients go on needing what is there for them
		have, err := readDropIn(ctx, m.target)
		if err != nil {
			return err
		}
		settings = with(without(have, fencing), settings...)
	}
	file, err := m.followFile(ctx)
	if err != nil {
		return err
	}
	if err := writeSettings(ctx, m.target, file, settings); err != nil {
		return err
	}
	return m.setUser(ctx, password)
}

// keepUser writes the user where the primary finds it when it starts; nil takes it out.
func (m making) keepUser(ctx context.Context, rules []string) error {
	file := m.usersFile()
	text, err := remote.ReadFile(ctx, m.primary.Node.Runner, "root", file)
	if err != nil {
		return err
	}
	changed := conf.WithUser(string(text), m.Name, rules)
	if changed == string(text) {
		return nil
	}
	return remote.WriteFile(ctx, m.primary.Node.Runner, "root", file, []byte(changed), remote.Attr{Keep: true})
}

// dropUser takes the user away, in the running primary and in its files.
func (m making) dropUser(ctx context.Context) error {
	if err := m.deleteUser(ctx); err != nil {
		return err
	}
	return m.keepUser(ctx, nil)
}

// deleteUser takes the user away from the running primary, which ends its connection.
func (m making) deleteUser(ctx context.Context) error {
	_, err := change(ctx, m.primary, "remove user "+m.Name, command{"ACL", "DELUSER", m.Name})
	return err
}

// putCertificates gives the replica what it knows its primary by, and a certificate of its own, without which its server
// does not use TLS.
func (m making) putCertificates(ctx context.Context) error {
	anchor, err := m.trustAnchor(ctx)
	if err != nil {
		return err
	}
	if err := replica.MakeFolder(ctx, m.target.Node.Runner, m.Secrets(), m.tn.Owner, "0700"); err != nil {
		return err
	}
	if own := m.tn.Settings["tls-ca-cert-file"]; own != "" && own != m.rootCert() {
		// Its own clients may show certificates of that authority: it goes on trusting it.
		text, err := remote.ReadFile(ctx, m.target.Node.Runner, "root", own)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		anchor = slices.Concat(text, []byte("\n"), anchor)
	}
	if err := m.PutSecret(ctx, m.rootCert(), anchor); err != nil {
		return err
	}
	return m.Target.MakeCertificate(ctx, m.ownCert(), m.ownKey())
}

// followFile is where the target has what makes it a replica. While Belt's file there is in force for something else, that is
// beside it, until the data is set aside: a server that started as a replica before would lose it.
func (m making) followFile(ctx context.Context) (string, error) {
	if m.held == nil {
		return m.tn.dropIn(), nil
	}
	placed, err := m.InPlace(ctx)
	return replica.Choose(placed, m.tn.dropIn(), m.nextFile()), err
}

// dropFollowing removes what makes the target a replica, while it runs as something else.
func (m making) dropFollowing(ctx context.Context) error {
	if m.held == nil {
		if err := removeDropIn(ctx, m.target); err != nil {
			return err
		}
	} else if placed, err := m.InPlace(ctx); err != nil || placed {
		return err // its old data could not be put back: it is a replica still
	} else if err := replica.DropState(ctx, m.target.Node.Runner, m.nextFile()); err != nil {
		return err
	}
	if err := replica.DropState(ctx, m.target.Node.Runner, m.WrittenFile()); err != nil {
		return err
	}
	return m.dropSecrets(ctx)
}

func (m making) dropSecrets(ctx context.Context) error {
	r := m.target.Node.Runner
	if err := replica.DropState(ctx, r, m.rootCert()); err != nil {
		return err
	}
	return replica.DropPair(ctx, r, "remove the certificate", m.ownKey(), m.ownCert(), m.Secrets())
}

// reach proves from the replica's side that the user, its password, the port and the certificate work together.
func (m making) reach() plan.Step {
	return m.Step(plan.Step{
		ID: "reach", Server: m.To(), Title: "log in to " + m.From() + " as " + m.Name,
		Commands: []string{fmt.Sprintf("redis-cli -h %s -p %d%s: AUTH %s …, PING", m.Link.Address, m.port(), replica.Choose(m.Between, " --tls --cacert "+m.rootCert(), ""), m.Name)},
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.login(ctx) },
		Undo:     plan.NoEffect("nothing: it only looks"),
	})
}

func (m making) loginWorks(ctx context.Context) (bool, error) {
	if !m.pn.hasUser(m.Name) || !m.tn.DropIn {
		return false, nil // the facts are of a moment ago
	}
	file, err := m.followFile(ctx)
	if err != nil {
		return false, err
	}
	have, err := readSettings(ctx, m.target, file)
	if err != nil || !m.current(have) {
		return false, err
	}
	if err := m.login(ctx); err != nil {
		return false, ctx.Err()
	}
	return m.kept(ctx)
}

// current tells whether Belt's file on the replica says what this run would write, and nothing else.
func (m making) current(have []conf.Setting) bool {
	if !m.feeds && m.held == nil && len(have) != len(m.followSettings())+1 {
		return false
	}
	for _, s := range m.followSettings() {
		if !slices.ContainsFunc(have, func(h conf.Setting) bool { return h.Line() == s.Line() }) {
			return false
		}
	}
	return slices.ContainsFunc(have, func(h conf.Setting) bool { return h.Name == "masterauth" })
}

// kept tells whether the primary would know the user after a restart.
func (m making) kept(ctx context.Context) (bool, error) {
	result, err := m.primary.Node.Runner.Run(ctx, remote.Command{
		Title: "look for the user", Script: `grep -qs "^user $2 " "$1" && echo there; exit 0`, Args: []string{m.usersFile(), m.Name}, As: "root", ReadOnly: true,
	})
	return strings.TrimSpace(result.Stdout) == "there", err
}

// loginScript is what the replica's server will do, with the password of Belt's file there.
const loginScript = `cd /
REDISCLI_RCFILE=/dev/null VALKEYCLI_RCFILE=/dev/null
export REDISCLI_RCFILE VALKEYCLI_RCFILE
client=$1 address=$2 port=$3 user=$4 file=$5 ca=$6
password=$(sed -n 's/^masterauth //p' "$file" | tail -n 1)
[ -n "$password" ] || { echo "$file has no password" >&2; exit 1; }
printf 'AUTH %s %s\nPING\n' "$user" "$password" | timeout 15 "$client" --csv -h "$address" -p "$port" ${ca:+--tls --cacert "$ca"} 2>&1
[ $? != 124 ] || echo "no answer within 15 s"
exit 0`

func (m making) login(ctx context.Context) error {
	file, err := m.followFile(ctx)
	if err != nil {
		return err
	}
	return m.loginWith(ctx, file)
}

// loginWith is login with the password of another file.
func (m making) loginWith(ctx context.Context, file string) error {
	ca := ""
	if m.Between {
		ca = m.rootCert()
	}
	result, err := m.target.Node.Runner.Run(ctx, remote.Command{
		Title: "log in to " + m.From(), Script: loginScript, As: "root", ReadOnly: true,
		Args: []string{m.tn.Client, m.Link.Address, fmt.Sprint(m.port()), m.Name, file, ca},
	})
	if err != nil {
		return err
	}
	out := strings.TrimSpace(result.Stdout)
	if out == "\"OK\"\n\"PONG\"" {
		return nil
	}
	line, _, _ := strings.Cut(out, "\n")
	return fmt.Errorf("%s: %s:%d does not let %s in: %s", m.To(), m.Link.Address, m.port(), m.Name, strings.TrimPrefix(line, "ERROR,"))
}
