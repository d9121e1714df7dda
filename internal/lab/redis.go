package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// redis is the kit of a Redis or a Valkey server.
type redis struct{ *Server }

func (r redis) setUpArgs() []string {
	return []string{string(r.Kind), onOff(r.Open), Password, r.Settings}
}

func (r redis) ping(ctx context.Context) error {
	out, err := r.RedisCLI(ctx, "PING")
	if err == nil && out != "PONG" { // it is loading its data
		return fmt.Errorf("PING: %s", out)
	}
	return err
}

func (r redis) size(ctx context.Context) (string, error) {
	info, err := r.info(ctx, "memory")
	return info["used_memory_dataset"], err
}

// position is the primary's history and how far it has written in it.
func (r redis) position(ctx context.Context) (string, error) {
	info, err := r.info(ctx, "replication")
	if err != nil {
		return "", err
	}
	return info["master_replid"] + " " + info["master_repl_offset"], nil
}

func (r redis) replayed(ctx context.Context, position string) error {
	id, offset, _ := strings.Cut(position, " ")
	want, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		return &finalError{fmt.Errorf("%s: position %q: %w", r.ID(), position, err)}
	}
	info, err := r.info(ctx, "replication")
	if err != nil {
		return err
	}
	has, _ := strconv.ParseInt(info["slave_repl_offset"], 10, 64) // none on what is no replica
	if info["role"] == "slave" && info["master_link_status"] == "up" && info["master_replid"] == id && has >= want {
		return nil
	}
	return fmt.Errorf("%s: wants to replay %s of %s: role %s, link %s, at %s of %s", r.ID(), offset, id,
		info["role"], info["master_link_status"], info["slave_repl_offset"], info["master_replid"])
}

// info is one section of INFO.
func (r redis) info(ctx context.Context, section string) (map[string]string, error) {
	out, err := r.RedisCLI(ctx, "INFO", section)
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for _, line := range lines(out) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r"), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}

// Keys need no table.
func (r redis) makeTable(context.Context, string) error { return nil }

func (r redis) written(ctx context.Context, table string) (string, error) {
	out, err := r.shell(ctx, `cli --scan --pattern "$1:*"`, table)
	return strings.ReplaceAll(out, table+":", ""), err
}

// session writes a key for each row, and beside it, as an app would, to keys of other types, some of them hot.
func (r redis) session(from *Server) dialer {
	password := ""
	if r.Open {
		password = Password
	}
	host, on := "127.0.0.1", r.Server
	if from != nil {
		host, on = r.Internal.String(), from
	}
	return dialogue{
		command: []string{"exec", "-i", "-e", "PASSWORD=" + password, on.Container, "bash", "-c", r.ownScript("session.sh"), "bash", host},
		write: func(table string, id int64) turn {
			n, end := strconv.FormatInt(id, 10), fmt.Sprintf("end %d", id)
			commands := []string{
				"HINCRBY " + table + "-hash field-" + strconv.FormatInt(id%100, 10) + " 1",
				"ZADD " + table + "-zset " + n + " member-" + strconv.FormatInt(id%1000, 10),
				"XADD " + table + "-stream MAXLEN ~ 1000 * id " + n,
				"LPUSH " + table + "-list-" + strconv.FormatInt(id/1000, 10) + " " + n,
				"HSET " + table + "-brief-" + n + " id " + n,
				"EXPIREAT " + table + "-brief-" + n + " 4102444805", // as exact as the checksum is
				"SET " + table + ":" + n + " " + strings.Repeat("x", 100),
				`ECHO "` + end + `"`,
			}
			// Of these, only SET answers OK.
			// In these states ECHO is refused like the rest.
			return turn{send: strings.Join(commands, "\r\n") + "\r\n", ack: "+OK", end: end, mute: []string{"-LOADING ", "-MASTERDOWN ", "-BUSY "}}
		},
		bye: "QUIT\r\n",
	}
}

// RedisCLI runs one command as the administrator, who finds the password in the configuration, and returns the reply as
// redis-cli prints it to a pipe. An error that the server answers is one.
func (s *Server) RedisCLI(ctx context.Context, command ...string) (string, error) {
	out, err := redis{s}.shell(ctx, `cli "$@"`, command...)
	if err != nil {
		return out, err
	}
	// redis-cli ends with 0 all the same.
	if word, _, _ := strings.Cut(out, " "); len(word) > 2 && word == strings.ToUpper(word) && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && word != out {
		return out, fmt.Errorf("%s: %s: %s", s.ID(), strings.Join(command, " "), out)
	}
	return out, nil
}

// shell runs a script in which cli is the client of the administrator.
func (r redis) shell(ctx context.Context, script string, args ...string) (string, error) {
	return r.Exec(ctx, `
		set -eu
		client=$1-cli
		REDISCLI_AUTH=$(awk '$1 == "requirepass" {password = $2} END {print password}' "/etc/$1/$1.conf")
		if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi
		cli() { "$client" "$@"; }
		shift
		`+script, append([]string{string(r.Kind)}, args...)...)
}
