// Command man writes man pages from the help texts of a belt binary, one for
// each command: go run ./internal/man bin/belt dist/man. So a page says what
// --help says, and cannot fall behind it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: man BELT FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

func run(belt, dir string) error {
	version, err := output(belt, "version")
	if err != nil {
		return err
	}
	return walk(belt, dir, strings.SplitN(version, "\n", 2)[0], command{name: []string{"belt"}, short: "database replication toolbelt"})
}

// walk writes the page of a command and of those under it.
func walk(belt, dir, version string, c command) error {
	help, err := output(belt, append(c.name[1:], "--help")...)
	if err != nil {
		return err
	}
	page := parse(help)
	file := filepath.Join(dir, strings.Join(c.name, "-")+".1")
	if err := os.WriteFile(file, []byte(c.render(page, version)), 0o644); err != nil {
		return err
	}
	for _, sub := range c.under(page) {
		if err := walk(belt, dir, version, sub); err != nil {
			return err
		}
	}
	return nil
}

func output(belt string, args ...string) (string, error) {
	out, err := exec.Command(belt, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", belt, strings.Join(args, " "), err)
	}
	return string(out), nil
}
