// Command capture takes down what real servers answer to the inspection in every state that a replica can be in, for
// the tests: go run ./internal/engine/postgresql/pgtest/capture -suite bookworm.
//
// It boots two servers of its own, leads them from state to state with Belt's own plans, and writes the answers below
// testdata/postgresql/MAJOR, with documentation addresses in the place of the lab's.
package main

import (
	"strings"

	"github.com/dbbelt/belt/internal/engine/postgresql"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
)

func main() {
	answers.Capture{
		Products: []answers.Product{{Kind: lab.PostgreSQL, Title: "PostgreSQL", Engine: postgresql.New()}},
		To:       "testdata/postgresql",
		Server:   lab.ServerSpec{Open: true},
		Release:  major,
		States:   states,
	}.Main()
}

func major(_ answers.Product, version string) string {
	number, _, _ := strings.Cut(version, ".")
	return number
}
