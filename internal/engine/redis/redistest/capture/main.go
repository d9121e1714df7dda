// Command capture takes down what real servers answer to the inspection in every state that a replica can be in, for the
// tests: go run ./internal/engine/redis/redistest/capture -engine valkey -suite trixie.
//
// It boots two servers of its own, leads them from state to state with Belt's own plans, and writes the answers below
// testdata/redis, with documentation addresses in the place of the lab's.
package main

import (
	"regexp"

	"github.com/dbbelt/belt/internal/engine/redis"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
)

func main() {
	answers.Capture{
		Products: []answers.Product{
			{Kind: lab.Redis, Title: "Redis", Engine: redis.New(redis.Redis)},
			{Kind: lab.Valkey, Title: "Valkey", Engine: redis.New(redis.Valkey)},
		},
		To:      "testdata/redis",
		Server:  lab.ServerSpec{Open: true},
		Release: answers.Product.Series,
		Neutral: neutral,
		States:  states,
	}.Main()
}

// mark is the name that Belt gave its connection; kernel is that of the machine on which the lab ran.
var (
	mark   = regexp.MustCompile(`belt-[A-Z2-7]{16}`)
	kernel = regexp.MustCompile(`(?m)^(os:Linux) [^\r\n]*`)
)

func neutral(_ int, text string) string {
	return mark.ReplaceAllString(kernel.ReplaceAllString(text, "$1"), "belt-MARK")
}
