// Command mongod stands in for MongoDB's on servers of the lab: it reads mongod.conf and the keyfile, keeps the name of its
// data in the data folder, listens where it should, and lets a double answer, which is the same program as
//
//	mongod --serve SOCKET
//
// once for a lab (see mongotest.Host). /etc/mongod-host on a server, or the file that
// MONGOD_HOST names, has "APP NAME INTERNAL EXTERNAL SOCKET".
// mongod --forget has the oplog forget all but its newest entry. By the names of mongodump and mongorestore it stands in for
// those.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
	"github.com/dbbelt/belt/pkg/yamltext"
)

// version is that of the replies that were recorded.
const version = "4.4.6"

func main() {
	run := run
	if name := filepath.Base(os.Args[0]); name == "mongodump" || name == "mongorestore" {
		run = func(args []string) error { return tool(name, args) }
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "--version":
		fmt.Println("db version v" + version + "\nthis is a stand-in for mongod")
		return nil
	case len(args) == 1 && args[0] == "--forget":
		h, err := findHost()
		if err != nil {
			return err
		}
		_, answer, err := h.ask(mongotest.Hello{Server: h.server, Forget: true})
		return said(answer, err)
	case len(args) == 2 && args[0] == "--serve":
		return serve(args[1])
	case len(args) == 2 && args[0] == "--config":
		return mongod(args[1])
	case len(args) > 2 && args[0] == "--dbpath":
		return scratch(args)
	}
	return fmt.Errorf("usage: mongod --config FILE | --dbpath FOLDER OPTION… | --version | --serve SOCKET | --forget")
}

// mongod runs until it is told to stop, or the double ends it.
func mongod(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	conf, err := yamltext.ReadSettings(string(text))
	if err != nil {
		return err
	}
	h, err := findHost()
	if err != nil {
		return err
	}
	start := mongotest.Start{Conf: string(text)}
	options := conf.All()
	if path, ok := options["security.keyFile"]; ok {
		if start.Key, err = keyfile(path); err != nil {
			return err
		}
	}
	if start.Data, err = data(options["storage.dbPath"], h.server.App+"/"+h.server.Name); err != nil {
		return err
	}
	var listeners []net.Listener
	for _, address := range strings.Split(options["net.bindIp"], ",") {
		l, err := net.Listen("tcp", net.JoinHostPort(strings.TrimSpace(address), options["net.port"]))
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
	}
	return h.run(start, listeners, io.Discard)
}

// run lets the double answer until somebody ends it.
func (h host) run(start mongotest.Start, listeners []net.Listener, log io.Writer) error {
	control, answer, err := h.ask(mongotest.Hello{Server: h.server, Start: &start})
	if err := said(answer, err); err != nil {
		return err
	}
	defer control.Close()
	for _, l := range listeners {
		go h.listen(l)
	}
	ready(log)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	ended := make(chan struct{})
	go func() {
		_, _ = bufio.NewReader(control).ReadByte() // nothing more is said: it waits for the end
		close(ended)
	}()
	select {
	case <-stop:
		return nil
	case <-ended:
		return fmt.Errorf("mongod ended")
	}
}

func said(answer string, err error) error {
	if err == nil && answer != "" {
		return fmt.Errorf("%s", answer)
	}
	return err
}
