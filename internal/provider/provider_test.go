package provider_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/provider"
	"github.com/google/go-cmp/cmp"
)

func program(t *testing.T, script string) provider.Program {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "make"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return provider.Program{Name: "cloud", Command: "./make", Dir: dir}
}

func wish() provider.Wish {
	return provider.Wish{App: "shop", Database: "postgresql", Engine: "postgresql", Version: "15.4", Name: "db3", Size: "cx22", Memory: 7}
}

func TestCreate(t *testing.T) {
	p := program(t, `echo "asking the cloud" >&2
[ "$1 $BELT_ACTION $BELT_APP/$BELT_DATABASE $BELT_ENGINE $BELT_VERSION $BELT_NAME $BELT_SIZE $BELT_PRIMARY_MEMORY" = \
  "create create shop/postgresql postgresql 15.4 db3 cx22 7" ] || exit 9
echo '{"address": "203.0.113.23", "internal": "10.0.0.23", "host_key": "ssh-ed25519 AAAA", "id": 5}'`)
	var said []string
	got, err := p.Create(t.Context(), wish(), func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	want := provider.Server{Address: "203.0.113.23", Internal: "10.0.0.23", HostKey: "ssh-ed25519 AAAA"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"asking the cloud"}, said); d != "" {
		t.Error(d)
	}
}

func TestCreateThatFails(t *testing.T) {
	for name, tt := range map[string]struct{ script, want string }{
		"exit code":  {"echo 'quota exceeded' >&2; exit 3", "provider cloud: create ended with exit status 3: quota exceeded"},
		"no JSON":    {"echo done", "did not print one JSON object"},
		"no address": {"echo '{}'", "no usable address"},
		"two words":  {`echo '{"address": "a b"}'`, "no usable address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := program(t, tt.script).Create(t.Context(), wish(), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	if _, err := (provider.Program{Name: "cloud", Command: "/nowhere/make"}).Create(t.Context(), wish(), nil); err == nil {
		t.Error("a program that is not there ran")
	}
}

func TestDestroyKnowsTheServer(t *testing.T) {
	p := program(t, `echo "$1 $BELT_NAME $BELT_ADDRESS $BELT_INTERNAL" > destroyed`)
	if err := p.Destroy(t.Context(), wish(), provider.Server{Address: "203.0.113.23"}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(p.Dir, "destroyed"))
	if err != nil || string(got) != "destroy db3 203.0.113.23 \n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStoppedProgramCanCleanUp(t *testing.T) {
	p := program(t, `trap 'echo cleaned > cleaned; exit 1' TERM
echo ready >&2
while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	begun := time.Now()
	_, err := p.Create(ctx, wish(), func(string) { cancel(stop) })
	if !errors.Is(err, stop) || time.Since(begun) > 15*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "cleaned")); err != nil {
		t.Error("it was not asked to end")
	}
}
