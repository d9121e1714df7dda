package programs

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestFor(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"x86_64": elf.EM_X86_64, "aarch64": elf.EM_AARCH64} {
		packed, err := For(arch)
		if err != nil {
			if built, readErr := built.ReadFile("linux-" + kinds[arch] + ".gz"); readErr == nil {
				t.Errorf("%s: %d bytes are built in, and: %v", arch, len(built), err)
			}
			if kinds[arch] != runtime.GOARCH && !strings.Contains(err.Error(), "make") {
				t.Errorf("%s: it does not say how to have one: %v", arch, err)
			}
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		file, err := elf.NewFile(bytes.NewReader(content))
		if err != nil || file.Machine != machine {
			t.Errorf("%s: not a program for it: %v", arch, err)
		}
		if err := static(content); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
	}
}

func TestForOthers(t *testing.T) {
	if _, err := For("riscv64"); err == nil || !strings.Contains(err.Error(), "riscv64") {
		t.Errorf("got %v", err)
	}
}

// TestStatic has a program that needs libraries.
func TestStatic(t *testing.T) {
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	if err := static(shell); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("/bin/sh: %v", err)
	}
}
