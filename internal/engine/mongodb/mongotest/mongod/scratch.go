package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
)

// scratch is a mongod that Belt starts on a folder, with options and no configuration file: a server of its own, which
// takes connections through a socket alone.
func scratch(args []string) error {
	f := flag.NewFlagSet("mongod", flag.ContinueOnError)
	folder := f.String("dbpath", "", "")
	socket := f.String("bind_ip", "", "")
	prefix := f.String("unixSocketPrefix", "/tmp", "")
	log := f.String("logpath", "", "")
	f.String("wiredTigerCacheSizeGB", "", "")
	parameter := f.String("setParameter", "", "")
	f.Bool("directoryperdb", false, "")
	f.Bool("wiredTigerDirectoryForIndexes", false, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 || !strings.HasSuffix(*socket, ".sock") || filepath.Dir(*socket) != *prefix || *parameter != "diagnosticDataCollectionEnabled=false" {
		return fmt.Errorf("a stand-in does not know the options %q", args)
	}
	h, err := findHost()
	if err != nil {
		return err
	}
	h.server = mongotest.Place{App: h.server.App, Name: h.server.Name + " on " + *folder}
	start := mongotest.Start{Conf: "storage:\n  dbPath: " + *folder + "\n"}
	if start.Data, err = data(*folder, h.server.App+"/"+h.server.Name); err != nil {
		return err
	}
	l, err := net.Listen("unix", *socket)
	if err != nil {
		return err
	}
	out, err := os.Create(*log)
	if err != nil {
		return err
	}
	defer out.Close()
	return h.run(start, []net.Listener{l}, out)
}

// ready is what mongod says once it takes connections.
func ready(log io.Writer) {
	fmt.Fprintln(log, `{"s":"I","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections","attr":{}}`)
}
