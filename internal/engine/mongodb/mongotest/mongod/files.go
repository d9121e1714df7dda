package main

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
	"time"

	"github.com/dbbelt/belt/internal/engine/mongodb/mongotest"
)

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
