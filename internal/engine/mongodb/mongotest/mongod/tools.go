package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest/dump"
	"github.com/dbbelt/belt/pkg/yamltext"
)

// toolsVersion is one of MongoDB's database tools.
const toolsVersion = "100.9.4"

// tool is mongodump or mongorestore, with those of their options that Belt uses.
func tool(name string, args []string) error {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	version := f.Bool("version", false, "")
	uri := f.String("uri", "", "")
	host, port := f.String("host", "", ""), f.String("port", "27017", "")
	user, database := f.String("username", "", ""), f.String("authenticationDatabase", "", "")
	mechanism, config := f.String("authenticationMechanism", "", ""), f.String("config", "", "")
	archive := f.Bool("archive", false, "")
	var oplog, stop *bool
	if name == "mongodump" {
		f.String("readPreference", "", "")
		oplog = f.Bool("oplog", false, "")
	} else {
		oplog, stop = f.Bool("oplogReplay", false, ""), f.Bool("stopOnError", false, "")
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	if *version {
		fmt.Printf("%s version: %s\nthis is a stand-in for it\n", name, toolsVersion)
		return nil
	}
	if f.NArg() > 0 || !*archive || (*uri == "") == (*host == "") || stop != nil && !*stop {
		return fmt.Errorf("a stand-in for %s does not know the options %q", name, args)
	}
	o := options.Client().SetDirect(true).SetAppName(name)
	if *uri != "" {
		o.ApplyURI(*uri)
	} else {
		o.SetHosts([]string{net.JoinHostPort(*host, *port)})
	}
	if *user != "" {
		password, err := passwordIn(*config)
		if err != nil {
			return err
		}
		o.SetAuth(options.Credential{Username: *user, Password: password, AuthSource: *database, AuthMechanism: *mechanism})
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return err
	}
	ctx := context.Background()
	defer func() { _ = client.Disconnect(ctx) }()
	if name == "mongodump" {
		err = dump.Dump(ctx, client, os.Stdout, os.Stderr, *oplog)
	} else {
		err = dump.Restore(ctx, client, os.Stdin, os.Stderr, *oplog)
	}
	if err != nil {
		return fmt.Errorf("Failed: %w", err) //nolint:staticcheck // as the real one says it
	}
	return nil
}

func passwordIn(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	settings, err := yamltext.ReadSettings(strings.TrimSpace(string(text)) + "\n")
	if err != nil {
		return "", err
	}
	password, ok := settings.Get("password")
	if !ok {
		return "", fmt.Errorf("%s has no password", file)
	}
	return password, nil
}
