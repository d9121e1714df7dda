package lab

import "context"

// kit is what the lab and its scenarios need of an engine, on one server.
type kit interface {
	setUpArgs() []string
	ping(ctx context.Context) error // answers where the database answers its administrator
}

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

func (s *Server) setUpArgs() []string { return s.kit().setUpArgs() }

func (s *Server) ping(ctx context.Context) error { return s.kit().ping(ctx) }

// passwordOf is what the app's user gets where the server has the app's database; none elsewhere.
func (s *Server) passwordOf() string {
	if s.isPrimary() {
		return Password
	}
	return ""
}
