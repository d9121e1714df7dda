// Package programs has the movers that Belt takes to servers.
package programs

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

//go:embed *
var built embed.FS

// kinds are the names that uname -m and Go have for the servers that there is a mover for.
var kinds = map[string]string{"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

// Argument is the first that every mover is given: it makes Belt itself be one.
const Argument = "mover"

// For is the mover for a server of that kind, compressed with gzip: the one that was built into Belt, or Belt itself.
func For(arch string) ([]byte, error) {
	kind, known := kinds[arch]
	if !known {
		return nil, fmt.Errorf("there is no mover for servers of the kind %q: only for x86_64 and aarch64", arch)
	}
	packed, err := built.ReadFile("linux-" + kind + ".gz")
	switch {
	case err == nil:
		return packed, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case runtime.GOOS == "linux" && runtime.GOARCH == kind:
		return itself()
	}
	return nil, fmt.Errorf("this belt was built without the mover for %s: build it with make, or take a release", arch)
}

// itself packs the running program.
func itself() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := static(content); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// static refuses a program that needs libraries, which another server may have in another version.
func static(content []byte) error {
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return err
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("this belt was built without movers, and needs libraries that other servers may not have: build it with make, or with CGO_ENABLED=0")
		}
	}
	return nil
}
