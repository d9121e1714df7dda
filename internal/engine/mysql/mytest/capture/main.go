// Command capture takes down what real servers answer to the inspection in every state that a replica can be in, for the
// tests: go run ./internal/engine/mysql/mytest/capture -engine mysql -suite sid.
//
// It boots two servers of its own, leads them from state to state with Belt's own plans, and writes the answers below
// testdata/mysql, with documentation addresses in the place of the lab's.
package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dbbelt/belt/internal/engine/mysql"
	"github.com/dbbelt/belt/internal/lab"
	"github.com/dbbelt/belt/internal/lab/answers"
)

func main() {
	answers.Capture{
		Products: []answers.Product{
			{Kind: lab.MariaDB, Title: "MariaDB", Engine: mysql.MariaDB()},
			{Kind: lab.MySQL, Title: "MySQL", Engine: mysql.MySQL()},
		},
		To:      "testdata/mysql",
		Server:  lab.ServerSpec{Settings: "bind-address = 0.0.0.0\n"}, // as Debian installs them, but for a port that is open
		Release: answers.Product.Series,
		Neutral: neutral,
		States:  states,
	}.Main()
}

// machine is what tells two servers apart, and is of no interest to a test.
var machine = regexp.MustCompile(`(?m)^(machine_id)=[0-9a-f]+$`)

func neutral(server int, text string) string {
	return machine.ReplaceAllString(text, "${1}="+strings.Repeat(fmt.Sprint(server+1), 32))
}
