package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dbbelt/belt/internal/ops"
)

// every is every command that a user can see.
func every(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, every(sub)...)
		}
	}
	return all
}

func silent(args []string, env map[string]string) (*belt, *bytes.Buffer) {
	var out bytes.Buffer
	return &belt{
		stdin: strings.NewReader(""), stdout: &out, stderr: &bytes.Buffer{}, args: args,
		getenv: func(name string) string { return env[name] }, engines: ops.Engines{"postgresql": toy{}},
	}, &out
}

func TestHelp(t *testing.T) {
	searched := 0
	b, _ := silent(nil, nil)
	for _, cmd := range every(b.root()) {
		name := cmd.CommandPath()
		b, out := silent(append(strings.Fields(name)[1:], "--help"), nil)
		if code := b.run(t.Context()); code != 0 {
			t.Errorf("%s --help: exit code %d", name, code)
		}
		text := out.String()
		searched += strings.Count(text, "master/slave")
		for _, want := range []string{"\nUsage:\n  " + name, "\nExit codes:", "--output", "BELT_<FLAG>"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s --help does not have %q", name, want)
			}
		}
		if cmd.HasAvailableSubCommands() {
			continue
		}
		last := strings.Split(strings.TrimSpace(text[strings.Index(text, "\nExit codes:"):]), "\n")
		if len(last) < 3 || !strings.HasPrefix(last[1], "    0  ") {
			t.Errorf("%s --help does not end with its exit codes: %q", name, last)
		}
		if !strings.Contains(text, "\nExamples:\n  ") && name != "belt completion" {
			t.Errorf("%s --help has no example", name)
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len(line) > 125 {
				t.Errorf("%s --help: a line of %d: %s", name, len(line), line)
			}
		}
	}
	if searched != 1 {
		t.Errorf("master/slave is there %d times, want once, for whoever searches for it", searched)
	}
}

// Every flag but help can be given in the environment, and the command line wins.
func TestFlagsFromTheEnvironment(t *testing.T) {
	b, _ := silent(nil, nil)
	for _, cmd := range every(b.root()) {
		cmd.InheritedFlags() // cobra merges them late
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Name == "file" {
				return
			}
			value := map[string]string{"bool": "true", "duration": "3s", "SIZE": "5MB", "string": "json", "stringArray": "x,y"}[f.Value.Type()]
			if value == "" {
				t.Fatalf("%s --%s: unknown type %s", cmd.CommandPath(), f.Name, f.Value.Type())
			}
			env := func(name string) string { return map[string]string{variable(f.Name): value}[name] }
			if err := fromEnvironment(cmd.Flags(), env); err != nil || !f.Changed {
				t.Errorf("%s: %s=%s: %v, changed %v", cmd.CommandPath(), variable(f.Name), value, err, f.Changed)
			}
			want := map[string]string{"x,y": "[x,y]", "5MB": "5.0MB"}[value]
			if got := f.Value.String(); got != value && got != want {
				t.Errorf("%s: %s=%s became %s", cmd.CommandPath(), variable(f.Name), value, got)
			}
		})
	}

	b, out := silent([]string{"version", "-o", "text"}, map[string]string{"BELT_OUTPUT": "json"})
	if code := b.run(t.Context()); code != 0 || !strings.HasPrefix(out.String(), "belt ") {
		t.Errorf("exit %d: %s", code, out)
	}
	b, _ = silent([]string{"version"}, map[string]string{"BELT_QUIET": "perhaps"})
	if code := b.run(t.Context()); code != 2 {
		t.Errorf("BELT_QUIET=perhaps: exit code %d", code)
	}
}
