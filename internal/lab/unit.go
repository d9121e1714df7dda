package lab

import (
	"context"
	"fmt"
)

// Unit is the systemd unit of the server's database.
func (s *Server) Unit(ctx context.Context) (string, error) {
	switch s.Kind {
	case PostgreSQL:
		return s.Exec(ctx, `echo "postgresql@$(ls /etc/postgresql | head -n 1)-main.service"`)
	case Redis, Valkey:
		return string(s.Kind) + "-server.service", nil
	case MariaDB, MySQL:
		return string(s.Kind) + ".service", nil
	case MongoDB:
		return "mongod.service", nil
	}
	return "", fmt.Errorf("%s: a %s server has no database", s.ID(), s.Kind)
}

// Systemctl does something with the database's unit: stop, start, restart, reload.
func (s *Server) Systemctl(ctx context.Context, verb string) error {
	unit, err := s.Unit(ctx)
	if err != nil {
		return err
	}
	// A socket of MariaDB's (since 10.6) would start it again for whoever connects; it has to be there before the service is.
	_, err = s.Exec(ctx, `
		set -e
		case $1 in stop | start)
		  socket=${2%.service}.socket
		  if systemctl --quiet is-enabled "$socket" 2>/dev/null; then systemctl "$1" "$socket"; fi ;;
		esac
		systemctl "$1" "$2"`, verb, unit)
	return err
}

// KillDatabase ends every process of the database's unit at once, as kill -9 does. Some engines' units start again.
func (s *Server) KillDatabase(ctx context.Context) error {
	unit, err := s.Unit(ctx)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, `
		set -e
		pid=$(systemctl show --property MainPID --value "$1")
		systemctl kill --signal=KILL "$1"
		tries=600
		while [ -e "/proc/$pid/exe" ]; do
		  tries=$((tries - 1))
		  [ "$tries" -gt 0 ] || { echo "process $pid does not end" >&2; exit 1; }
		  sleep 0.1
		done`, unit)
	return err
}
