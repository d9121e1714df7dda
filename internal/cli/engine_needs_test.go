package cli

import (
	"context"

	"github.com/dbbelt/belt/pkg/replication"
)

// Needs makes the toy one that is installed as a package of the pretended apt-get, which scripts bring.
func (toy) Needs(_ context.Context, primary replication.Facts) (replication.Needs, error) {
	return replication.Needs{
		Product: "Toy 15", Packages: []replication.Package{{Name: "toy-15", Series: "15"}}, Offers: "^toy-[0-9]+$", Data: "/",
		Tuned: []replication.Tuned{{Name: "rows", Value: "10"}},
		Tuning: replication.Tuning{
			File:   "/toy.conf",
			Render: func(t []replication.Tuned) string { return t[0].Name + " = " + t[0].Value + "\n" },
			Apply:  `[ ! -e "$(dirname "$1")/untunable" ]`, Revert: ":",
		},
	}, nil
}
