package remotetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

// FileContract checks [remote.WriteFile] and [remote.ReadFile] over a runner, working as the user as. As root it also
// checks owners.
func FileContract(t *testing.T, r remote.Runner, as string) {
	run := func(script string, args ...string) string {
		t.Helper()
		got, err := r.Run(t.Context(), remote.Command{Script: script, Args: args, As: as})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(got.Stdout)
	}
	dir := run("mktemp -d")
	defer run(`rm -rf -- "$1"`, dir)
	path := dir + "/it's a file"
	write := func(content string, attr remote.Attr) {
		t.Helper()
		if err := remote.WriteFile(t.Context(), r, as, path, []byte(content), attr); err != nil {
			t.Fatal(err)
		}
		if got, err := remote.ReadFile(t.Context(), r, as, path); err != nil || string(got) != content {
			t.Errorf("read back %.60q, %v; want %.60q", got, err, content)
		}
	}
	looks := func(want string) {
		t.Helper()
		if got := run(`stat -c '%a %U:%G' -- "$1"; ls -A -- "$2" | wc -l`, path, dir); got != want+"\n1" {
			t.Errorf("got %q, want %q and one file", got, want)
		}
	}
	me := run("echo $(id -un):$(id -gn)")

	if _, err := remote.ReadFile(t.Context(), r, as, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	write("", remote.Attr{Keep: true})
	looks("600 " + me)
	write("one\n\x00\xff two", remote.Attr{Mode: 0o644})
	looks("644 " + me)
	write(strings.Repeat("0123456789abcdef", 1<<16), remote.Attr{Keep: true})
	looks("644 " + me)
	if as == "root" {
		write("three", remote.Attr{Mode: 0o640, Owner: "nobody", Group: "daemon"})
		looks("640 nobody:daemon")
		write("four", remote.Attr{Keep: true})
		looks("640 nobody:daemon")
		write("five", remote.Attr{})
		looks("600 root:root")
	}

	t.Run("a link stays", func(t *testing.T) {
		run(`ln -s "$1" "$2"`, path, dir+"/link")
		if err := remote.WriteFile(t.Context(), r, as, dir+"/link", []byte("through"), remote.Attr{Keep: true}); err != nil {
			t.Fatal(err)
		}
		if got := run(`readlink "$1"; cat "$2"`, dir+"/link", path); got != path+"\nthrough" {
			t.Errorf("got %q", got)
		}
		run(`rm "$1"`, dir+"/link")
	})
	t.Run("a write that fails leaves the file", func(t *testing.T) {
		write("old", remote.Attr{})
		for name, broken := range map[string]remote.Runner{
			"input ends early": shortInput{r},
			"input breaks":     brokenInput{r},
		} {
			if err := remote.WriteFile(t.Context(), broken, as, path, []byte("new content"), remote.Attr{}); err == nil {
				t.Errorf("%s: no error", name)
			}
			// The script that was stopped tidies up a moment later.
			if got := run(`for i in $(seq 100); do [ "$(ls -A "$2" | wc -l)" -gt 1 ] || break; sleep 0.1; done
cat "$1"; ls -A "$2" | wc -l`, path, dir); got != "old1" {
				t.Errorf("%s: %q", name, got)
			}
		}
		for to, want := range map[string]string{dir + "/no/file": "the folder " + dir + "/no does not exist", dir: dir + " is a folder"} {
			err := remote.WriteFile(t.Context(), r, as, to, []byte("x"), remote.Attr{})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "write "+to) {
				t.Errorf("%s: got %v, want %s", to, err, want)
			}
		}
	})
}

// shortInput loses the end of the input, as a connection that breaks does.
type shortInput struct{ remote.Runner }

func (s shortInput) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if cmd.Stdin != nil {
		cmd.Stdin = io.LimitReader(cmd.Stdin, 4)
	}
	return s.Runner.Run(ctx, cmd)
}

type brokenInput struct{ remote.Runner }

func (s brokenInput) Run(ctx context.Context, cmd remote.Command) (remote.Result, error) {
	if cmd.Stdin != nil {
		cmd.Stdin = io.MultiReader(io.LimitReader(cmd.Stdin, 4), errReader{})
	}
	return s.Runner.Run(ctx, cmd)
}
