package lab

import (
	"context"
	"fmt"
	"strings"
)

// redis is the kit of a Redis or a Valkey server.
type redis struct{ *Server }

func (r redis) setUpArgs() []string {
	return []string{string(r.Kind), onOff(r.Open), Password, r.Settings}
}

func (r redis) ping(ctx context.Context) error {
	out, err := r.RedisCLI(ctx, "PING")
	if err == nil && out != "PONG" {
		return fmt.Errorf("PING: %s", out)
	}
	return err
}

// RedisCLI runs one command as the administrator, who finds the password in the configuration, and returns the reply as
// redis-cli prints it to a pipe. An error that the server answers is one.
func (s *Server) RedisCLI(ctx context.Context, args ...string) (string, error) {
	out, err := s.Exec(ctx, `
		REDISCLI_AUTH=$(awk '$1 == "requirepass" {password = $2} END {print password}' "/etc/$1/$1.conf")
		[ -z "$REDISCLI_AUTH" ] || export REDISCLI_AUTH
		client=$1-cli
		shift
		exec "$client" "$@"`, append([]string{string(s.Kind)}, args...)...)
	if err != nil {
		return out, err
	}
	// redis-cli before 7.0 ends with 0 all the same.
	for _, kind := range []string{"ERR ", "NOAUTH ", "WRONGPASS ", "LOADING ", "READONLY ", "MISCONF ", "MASTERDOWN ", "NOPERM ", "OOM ", "(error) "} {
		if strings.HasPrefix(out, kind) {
			return out, fmt.Errorf("%s: %s: %s", s.ID(), strings.Join(args, " "), out)
		}
	}
	return out, nil
}
