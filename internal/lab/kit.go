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
	session(from *Server) dialogue
}

// dialogue is a conversation with a server in lines of text, over one connection.
type dialogue struct {
	command []string                          // of docker, which ends when the connection does
	write   func(table string, id int64) turn // the statements for one row
	bye     string                            // before the end
}

// turn is one write. The answer has the line ack only if the row was written, and then, whatever became of it, the line end.
type turn struct{ send, ack, end string }

func (s *Server) kit() kit {
	switch engines[s.Kind].family {
	case "postgresql":
		return postgresql{s}
	case "redis":
		return redis{s}
	case "mysql":
		return mysql{s}
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
