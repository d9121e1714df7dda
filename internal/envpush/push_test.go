package envpush

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dbbelt/belt/internal/variables"
	"github.com/dbbelt/belt/pkg/envfile"
	"github.com/google/go-cmp/cmp"
)

// Every format keeps what others wrote, mode and owner; every value is read back; doing it again does nothing.
func TestFormats(t *testing.T) {
	vars := []variables.Var{
		{Name: "POSTGRESQL_ADDRESS", Value: "10.0.0.22"},
		{Name: "POSTGRESQL_PASSWORD", Value: "it's \"$5\" `id` \\ a=b #1\nnext línea 世界 🦊 "},
		{Name: "POSTGRESQL_SLAVE_ADDRESSES", Value: ""},
	}
	for format, before := range map[envfile.Format]string{
		envfile.Dotenv:  "# ours\nPOSTGRESQL_ADDRESS=10.0.0.21 # the old one\n\nKEEP='a  b'\nnonsense here",
		envfile.Export:  "#!/bin/sh\nexport POSTGRESQL_ADDRESS=10.0.0.21\nexport KEEP='a  b'\n",
		envfile.Systemd: "; ours\nPOSTGRESQL_ADDRESS=10.0.0.21\r\nKEEP=\"a  b\"\r\n",
		envfile.JSON:    "{\n    \"KEEP\": \"a  b\",\n    \"POSTGRESQL_ADDRESS\": \"10.0.0.21\", \"n\": \"1\"\n}",
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			h := newHost(t, "web1")
			h.write(t, file, before)
			owner := give(t, h.path(file), 0o640)
			s := h.server(vars...)
			s.Format = format
			if r := mustPush(t, s); !r.Changed || r.Switched.IsZero() || r.Note != "" {
				t.Errorf("%+v", r)
			}
			if got := h.ran(); got != "read stage switch" {
				t.Errorf("round trips: %s", got)
			}
			after := h.read(t, file)
			got, err := envfile.Parse(format, []byte(after))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range append(vars, variables.Var{Name: "KEEP", Value: "a  b"}) {
				if value, _ := got.Get(v.Name); value != v.Value {
					t.Errorf("%s is %q, want %q", v.Name, value, v.Value)
				}
			}
			for line := range strings.Lines(before) {
				if !strings.Contains(line, "POSTGRESQL_") && !strings.Contains(after, strings.TrimRight(line, "\r\n}")) {
					t.Errorf("the line %q is gone:\n%s", line, after)
				}
			}
			if info, _ := os.Stat(h.path(file)); info.Mode().Perm() != 0o640 || ownerOf(t, info) != owner {
				t.Errorf("mode %v and owner %v, want 0640 and %v", info.Mode(), ownerOf(t, info), owner)
			}
			h.tidy(t)
			if r := mustPush(t, s); r.Changed || h.ran() != "read" || h.read(t, file) != after {
				t.Errorf("again: %+v", r)
			}
		})
	}
}

// give sets the mode and, where the test may, another owner, and returns the owner.
func give(t *testing.T, path string, mode os.FileMode) [2]uint32 {
	t.Helper()
	if os.Getuid() == 0 {
		if err := os.Chown(path, 33, 34); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return ownerOf(t, info)
}

func ownerOf(t *testing.T, info os.FileInfo) [2]uint32 {
	t.Helper()
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Skip("this system knows no owners")
	}
	return [2]uint32{st.Uid, st.Gid}
}

// A new file is for its owner's eyes, who is that of the folder.
func TestNewFile(t *testing.T) {
	h := newHost(t, "web1")
	owner := give(t, h.path("/etc/shop"), 0o775)
	mustPush(t, h.server(address))
	if got := h.read(t, file); got != "# written by belt: shop\nPOSTGRESQL_ADDRESS=10.0.0.21\n" {
		t.Errorf("%q", got)
	}
	info, err := os.Stat(h.path(file))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || ownerOf(t, info) != owner {
		t.Errorf("mode %v, owner %v", info.Mode(), ownerOf(t, info))
	}
	h.tidy(t)
}

// The link stays, and what it leads to is replaced.
func TestSymbolicLink(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, "/etc/shop/real.env", "KEEP=1\n")
	if err := os.Symlink("real.env", h.path(file)); err != nil {
		t.Fatal(err)
	}
	mustPush(t, h.server(address))
	if to, err := os.Readlink(h.path(file)); err != nil || to != "real.env" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	want := "KEEP=1\n\n# written by belt: shop\nPOSTGRESQL_ADDRESS=10.0.0.21\n"
	if diff := cmp.Diff(want, h.read(t, "/etc/shop/real.env")); diff != "" {
		t.Error(diff)
	}
	h.tidy(t)
}

// Nothing is ever written through a link at the place of the staged file, which an app's own user might make.
func TestHostileLink(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, "/etc/shadow", "precious")
	if err := os.Symlink(h.path("/etc/shadow"), h.path(file)+".belt-new"); err != nil {
		t.Fatal(err)
	}
	mustPush(t, h.server(address))
	if got := h.read(t, "/etc/shadow"); got != "precious" {
		t.Errorf("written through the link: %q", got)
	}
	h.tidy(t)
}

// What keeps a file from being written is said by looking, and nothing is changed.
func TestFolders(t *testing.T) {
	tests := []struct {
		name  string
		setup func(h *host) error
		want  string
	}{
		{"missing", func(h *host) error { return os.Remove(h.path("/etc/shop")) }, "there is no folder"},
		{"a folder in its place", func(h *host) error { return os.Mkdir(h.path(file), 0o755) }, "is no plain file"},
		{"a link to nowhere", func(h *host) error { return os.Symlink("/nowhere/at/all", h.path(file)) }, "leads nowhere"},
		{"read-only", func(h *host) error {
			if os.Getuid() == 0 { // whom no mode keeps from writing
				h.as = "nobody"
			}
			return errors.Join(os.Chmod(h.path("/etc/shop"), 0o555), os.Chmod(h.root, 0o755), os.Chmod(filepath.Dir(h.root), 0o755))
		}, "cannot be written"},
		{"huge", func(h *host) error {
			return os.WriteFile(h.path(file), make([]byte, 2<<20), 0o600)
		}, "has 2097152 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, "web1")
			if err := tt.setup(h); err != nil {
				t.Fatal(err)
			}
			look := new(Pusher).Look(t.Context(), []Server{h.server(address)})[0]
			r := one(t, new(Pusher).Push(t.Context(), []Server{h.server(address)}))
			for _, err := range []error{look.Err, r.Err} {
				wantError(t, err, tt.want)
				wantError(t, err, "web1: ")
				if _, ok := err.(*FolderError); !ok {
					t.Errorf("%T", err)
				}
			}
			if got := h.ran(); got != "read read" || r.Changed {
				t.Errorf("ran %s", got)
			}
		})
	}
}

// A file that cannot be read as its format, or a value that it cannot hold, is left alone.
func TestUnreadable(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, file, `{"A": `)
	s := h.server(address)
	s.Format = envfile.JSON
	r := one(t, new(Pusher).Push(t.Context(), []Server{s}))
	wantError(t, r.Err, "web1: "+file)
	s = h.server(variables.Var{Name: "A", Value: "nul\x00"})
	r = one(t, new(Pusher).Push(t.Context(), []Server{s}))
	wantError(t, r.Err, "NUL")
	if h.read(t, file) != `{"A": ` {
		t.Error("it was written")
	}
	h.tidy(t)
}

func TestLook(t *testing.T) {
	h := newHost(t, "web1")
	h.write(t, file, "POSTGRESQL_ADDRESS=10.0.0.9\n")
	looks := new(Pusher).Look(t.Context(), []Server{h.server(address)})
	want := []Look{{Changes: []envfile.Change{{Name: "POSTGRESQL_ADDRESS", Old: "10.0.0.9", New: "10.0.0.21", Kind: envfile.Changed}}}}
	if diff := cmp.Diff(want, looks); diff != "" {
		t.Error(diff)
	}
	if h.read(t, file) != "POSTGRESQL_ADDRESS=10.0.0.9\n" {
		t.Error("looking wrote")
	}
}
