// Command mongod stands in for MongoDB's on a server of the lab: it reads mongod.conf and the keyfile, keeps the name of its
// data in the data folder, listens where it should, and lets the test's double answer (see mongotest.Host). /etc/mongod-host
// has its server's name and the host's address.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/yamltext"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("db version v4.4.6")
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 || args[0] != "--config" {
		return fmt.Errorf("usage: mongod --config FILE")
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	conf, err := yamltext.ReadSettings(string(text))
	if err != nil {
		return err
	}
	place, err := os.ReadFile("/etc/mongod-host")
	if err != nil {
		return err
	}
	name, host, _ := strings.Cut(strings.TrimSpace(string(place)), " ")
	start := mongotest.Start{Conf: string(text)}
	options := conf.All()
	if path, ok := options["security.keyFile"]; ok {
		if start.Key, err = keyfile(path); err != nil {
			return err
		}
	}
	if start.Data, err = data(options["storage.dbPath"], name); err != nil {
		return err
	}
	control, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer control.Close()
	if err := say(control, mongotest.Hello{Server: name, Start: &start}); err != nil {
		return err
	}
	answer, err := bufio.NewReader(control).ReadString('\n')
	if err != nil {
		return err
	}
	if answer = strings.TrimSpace(answer); answer != "" {
		return fmt.Errorf("%s", answer)
	}
	for _, address := range strings.Split(options["net.bindIp"], ",") {
		l, err := net.Listen("tcp", net.JoinHostPort(strings.TrimSpace(address), options["net.port"]))
		if err != nil {
			return err
		}
		go listen(l, name, host)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return nil
}

func keyfile(path string) (*mongotest.Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	owner, err := user.LookupId(fmt.Sprint(info.Sys().(*syscall.Stat_t).Uid))
	if err != nil {
		return nil, err
	}
	return &mongotest.Key{Path: path, Text: string(text), Mode: fmt.Sprintf("%04o", info.Mode().Perm()), Owner: owner.Username}, nil
}

// data is the name of what lies in the data folder.
func data(folder, server string) (string, error) {
	file := filepath.Join(folder, "WiredTiger")
	name, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		name = fmt.Appendf(nil, "%s %d", server, time.Now().UnixNano())
		err = os.WriteFile(file, name, 0o600)
	}
	return string(name), err
}

func say(c net.Conn, hello mongotest.Hello) error {
	line, err := json.Marshal(hello)
	if err == nil {
		_, err = c.Write(append(line, '\n'))
	}
	return err
}

// listen passes clients on to the host.
func listen(l net.Listener, name, host string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			up, err := net.Dial("tcp", host)
			if err != nil {
				return
			}
			defer up.Close()
			from, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			if say(up, mongotest.Hello{Server: name, Local: from == "127.0.0.1"}) != nil {
				return
			}
			go func() { io.Copy(up, c); up.Close() }()
			io.Copy(c, up)
		}()
	}
}
