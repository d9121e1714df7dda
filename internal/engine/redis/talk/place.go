package talk

import (
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/pkg/remote"
)

var (
	// ConfScript defines the function directives, which prints a configuration as the server reads it.
	//
	//go:embed sh/conf.sh
	ConfScript string
	// LoginScript defines the function login, which prints the command that logs Belt in; it needs ConfScript.
	//
	//go:embed sh/login.sh
	LoginScript string

	//go:embed sh/ask.sh
	askScript string
)

// Place is where an instance is reached on its own server.
type Place struct {
	Client string // the client program, "/usr/bin/redis-cli"
	Config string // the configuration file that the instance was started with
	Socket string // a unix socket; empty: Host and Port
	Host   string
	Port   int
	// TLS is for an instance that has no plain port.
	TLS       bool
	Authority string // certificate files, read by root
	Cert, Key string

	// User and Password are those of the account in the inventory. Without a user Belt logs in as the default user, with
	// the password that the configuration has.
	User     string
	Password func() (string, error)

	// Renamed are commands that the instance's configuration gives other names, by their own in lower case.
	Renamed map[string]string
}

// login is the first line of the input.
func (p Place) login() (string, error) {
	if p.User == "" {
		return "\n", nil
	}
	password := ""
	if p.Password != nil {
		var err error
		if password, err = p.Password(); err != nil {
			return "", fmt.Errorf("the admin account: %w", err)
		}
	}
	return Line("AUTH", p.User, password) + "\n", nil
}

// Login is the first line of the input of a script that uses [LoginScript].
func (p Place) Login() (string, error) { return p.login() }

// disabled stands for a command that the configuration takes away: the server refuses it, while the client takes an empty name
// for a number of repetitions, and answers itself.
const disabled = "BELT-DISABLED"

// line is a command as this instance knows it.
func (p Place) line(words []string) string {
	if name, ok := p.Renamed[strings.ToLower(words[0])]; ok {
		if name == "" {
			name = disabled
		}
		words = append([]string{name}, words[1:]...)
	}
	return Line(words...) + "\n"
}

func (p Place) command(title string, in io.Reader, out io.Writer, reads bool) (remote.Command, error) {
	login, err := p.login()
	if err != nil {
		return remote.Command{}, err
	}
	tls := "plain"
	if p.TLS {
		tls = "tls"
	}
	return remote.Command{
		Title: title, Script: ConfScript + LoginScript + askScript,
		Args: []string{p.Client, p.Config, p.Socket, p.Host, strconv.Itoa(p.Port), tls, p.Authority, p.Cert, p.Key},
		As:   "root", Stdin: io.MultiReader(strings.NewReader(login), in), Stdout: out, ReadOnly: reads,
	}, nil
}
