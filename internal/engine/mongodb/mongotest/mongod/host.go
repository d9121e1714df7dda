package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
)

// host is where the double answers.
type host struct {
	server mongotest.Place
	socket string
}

func findHost() (host, error) {
	file := "/etc/mongod-host"
	if other := os.Getenv("MONGOD_HOST"); other != "" {
		file = other
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return host{}, err
	}
	at := strings.Fields(string(text))
	if len(at) != 5 {
		return host{}, fmt.Errorf("%s: want APP NAME INTERNAL EXTERNAL SOCKET", file)
	}
	return host{mongotest.Place{App: at[0], Name: at[1], Internal: at[2], External: at[3]}, at[4]}, nil
}

// ask begins a connection and returns the first line of what it hears.
func (h host) ask(hello mongotest.Hello) (net.Conn, string, error) {
	c, err := h.dial(hello)
	if err != nil {
		return nil, "", err
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	return c, strings.TrimSpace(answer), err
}

func (h host) dial(hello mongotest.Hello) (net.Conn, error) {
	c, err := net.Dial("unix", h.socket)
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(hello)
	if err == nil {
		_, err = c.Write(append(line, '\n'))
	}
	return c, err
}

// listen passes clients on.
func (h host) listen(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			from, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			local := from == "127.0.0.1" || l.Addr().Network() == "unix"
			up, err := h.dial(mongotest.Hello{Server: h.server, Local: local})
			if err != nil {
				return
			}
			defer up.Close()
			go func() { io.Copy(up, c); up.Close() }()
			io.Copy(c, up)
		}()
	}
}

// serve is the double.
func serve(socket string) error {
	if err := os.RemoveAll(socket); err != nil {
		return err
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	if err := os.Chmod(socket, 0o777); err != nil { // mongod runs as another user
		return err
	}
	mongotest.New(complaints{}, version).Serve(l)
	return nil
}

// complaints are written down where a test would fail: whoever runs the lab looks for them.
type complaints struct{ testing.TB }

func (complaints) Helper()        {}
func (complaints) Cleanup(func()) {}
func (complaints) Errorf(format string, args ...any) {
	fmt.Printf("complaint: "+format+"\n", args...)
}

func (complaints) Fatalf(format string, args ...any) {
	fmt.Printf("complaint: "+format+"\n", args...)
	os.Exit(1)
}
