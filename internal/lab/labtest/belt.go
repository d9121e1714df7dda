package labtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/lab"
)

// binary builds the program, once for each test binary. BELT_LAB_BELT is one that is built already.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("BELT_LAB_BELT"); path != "" {
		return path, nil
	}
	path := filepath.Join(Dir(), "belt")
	cmd := exec.Command("go", "build", "-o", path, "github.com/dbbelt/belt/cmd/belt")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// CLI is the belt program with one inventory, at the hands of a user who has nothing else: no agent, no ssh_config.
type CLI struct {
	Inventory string
	Patience  time.Duration // how long a command may take before the test fails

	path string
	env  []string
}

// Belt builds the program and points it to the lab's inventory.
func Belt(t testing.TB, l *lab.Lab) *CLI {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	return &CLI{
		Inventory: l.Inventory(), Patience: 10 * time.Minute, path: path,
		env: []string{"HOME=" + home, "USER=tester", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "NO_COLOR=1"},
	}
}

// With is the same program with another inventory.
func (c *CLI) With(inventory string) *CLI {
	other := *c
	other.Inventory = inventory
	return &other
}

// Ended is how a run of the program ended.
type Ended struct {
	Args           []string
	Code           int // -1 when a signal ended it
	Stdout, Stderr string
	Took           time.Duration
}

// Run runs a command to its end, with --file before its arguments.
func (c *CLI) Run(t testing.TB, args ...string) Ended {
	t.Helper()
	return c.Start(t, args...).Wait()
}

// Do runs a command with -o json and --yes, fails the test unless it ends with code, and returns its document.
func (c *CLI) Do(t testing.TB, code int, args ...string) Result {
	t.Helper()
	return c.Start(t, append(args, "-o", "json", "--yes")...).Result(code)
}

// command is the program, not yet started.
func (c *CLI) command(args []string) *exec.Cmd {
	cmd := exec.Command(c.path, append([]string{"--file", c.Inventory}, args...)...)
	cmd.Env = c.env
	cmd.Dir = filepath.Dir(c.Inventory)
	return cmd
}

func (e Ended) String() string {
	return fmt.Sprintf("belt %s: exit code %d after %.1f s\nstdout:\n%s\nstderr:\n%s",
		strings.Join(e.Args, " "), e.Code, e.Took.Seconds(), indent(e.Stdout), indent(e.Stderr))
}

// indent shortens long output to what is worth reading in a failed test: its beginning and its end.
func indent(text string) string {
	const most = 6000
	if len(text) > most {
		text = text[:most/3] + "\n…\n" + text[len(text)-2*most/3:]
	}
	return "\t" + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n\t")
}

// Want fails the test unless the run ended with code.
func (e Ended) Want(t testing.TB, code int) Ended {
	t.Helper()
	if e.Code != code {
		t.Fatalf("want exit code %d: %s", code, e)
	}
	return e
}

// Decode reads the one JSON document on stdout, all keys of which into has to know.
func (e Ended) Decode(t testing.TB, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(e.Stdout)))
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("stdout is no JSON document: %v\n%s", err, e)
	}
	if decoder.More() {
		t.Fatalf("stdout has more than one document: %s", e)
	}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
