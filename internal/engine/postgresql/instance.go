package postgresql

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// instance is the name under which Belt keeps things for one instance of a server.
func instance(n *native) string { return fmt.Sprintf("postgresql-%d", n.Port) }

// instanceOf is a server's instance as the steps that all engines share see it.
func instanceOf(f replication.Facts) replica.Instance {
	n := nativeOf(f)
	return replica.Instance{
		Facts: f, Name: instance(n), Product: "PostgreSQL", Unit: n.Service, DataDir: n.DataDir, Owner: n.Owner,
		Log: n.logFile(), Used: n.used(), Notes: n.Notes,
		Answers: func(ctx context.Context) error {
			_, err := ask(ctx, f, "see whether PostgreSQL answers", "SELECT 1")
			return err
		},
	}
}

// logFile is where Debian has the cluster's log; empty elsewhere.
func (p place) logFile() string {
	if p.Cluster == "" {
		return ""
	}
	return fmt.Sprintf("/var/log/postgresql/postgresql-%d-%s.log", p.Version, p.Cluster)
}
