package lab

import "context"

// kit is what the lab needs of an engine, on one server.
type kit interface {
	setUpArgs() []string            // of the engine's setup.sh
	ping(ctx context.Context) error // nil where the database answers its administrator
	fill(ctx context.Context, mb int) error
	size(ctx context.Context) (string, error)     // bytes of all data
	checksum(ctx context.Context) (string, error) // "OBJECT<tab>SHA-256", one a line

	// position is how far a primary has written. replayed is nil on a replica that has come as far.
	position(ctx context.Context) (string, error)
	replayed(ctx context.Context, position string) error

	// What a Writer needs: a place for numbered rows, the numbers that are there, and a session to write in.
	makeTable(ctx context.Context, table string) error
	written(ctx context.Context, table string) (string, error) // numbers, one a line
	session(from *Server) dialer
}

// dialer opens sessions to write in.
type dialer interface {
	dial(ctx context.Context) (session, error)
}

// session is one connection, for one write after the other.
type session interface {
	write(table string, id int64) error // nil once the server has acknowledged the row
	broken() bool                       // no more answers will come
	close()
}

// preparer is a kit that has to do something on a booted new server before and after its setup.sh.
type preparer interface {
	prepare(ctx context.Context) error
	complete(ctx context.Context) error
}

func (s *Server) kit() kit {
	switch engines[s.Kind].family {
	case "postgresql":
		return postgresql{s}
	case "redis":
		return redis{s}
	case "mysql":
		return mysql{s}
	case "mongodb":
		return mongodb{s}
	}
	panic(s.ID() + " has no database: its kind is " + string(s.Kind))
}

// primaryPassword is what the app's user gets where the server has the app's database; none elsewhere.
func (s *Server) primaryPassword() string {
	if s.isPrimary() {
		return Password
	}
	return ""
}
