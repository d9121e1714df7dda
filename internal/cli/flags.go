package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/inventory"
)

// globals are the flags that every command has.
type globals struct {
	file    string
	output  string
	yes     bool
	quiet   bool
	verbose bool
	noColor bool
	timeout time.Duration
}

func (g *globals) add(flags *pflag.FlagSet) {
	flags.StringVarP(&g.file, "file", "f", "", "the inventory `FILE` (default: belt.yaml here or in the nearest folder above)")
	flags.StringVarP(&g.output, "output", "o", "text", "`FORMAT` of the result: text or json; of status also prometheus")
	flags.BoolVarP(&g.yes, "yes", "y", false, "go on without asking")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "nothing on stderr but errors")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "show what each step of a plan runs, and how it is undone")
	flags.BoolVar(&g.noColor, "no-color", false, "no colors (also: NO_COLOR)")
	flags.DurationVar(&g.timeout, "timeout", 0, "give up, and roll back, after this `DURATION`, such as 90s or 2h")
}

// formats has, in a command's annotations, what it prints besides text and JSON.
const formats = "formats"

// check refuses values that pflag lets through.
func (g *globals) check(cmd *cobra.Command) error {
	known := append([]string{"text", "json"}, strings.Fields(cmd.Annotations[formats])...)
	if last := len(known) - 1; !slices.Contains(known, g.output) {
		return &flagError{text: fmt.Sprintf("--output %q: it is %s or %s", g.output, strings.Join(known[:last], ", "), known[last])}
	}
	if g.timeout < 0 {
		return &flagError{text: "--timeout is negative"}
	}
	return nil
}

func (g *globals) json() bool { return g.output == "json" }

// addChange adds the flags that every changing command has.
func addChange(flags *pflag.FlagSet, c *ops.Change) {
	flags.BoolVar(&c.DryRun, "dry-run", false, "show what would be done, and change nothing")
	flags.StringArrayVar(&c.SkipChecks, "skip-check", nil, "go on although the check `NAME` fails (repeatable)")
}

// flagError says that the command line is wrong.
type flagError struct {
	text string
	fix  string
}

func (e *flagError) Error() string { return e.text }

// Hint is the next step for the user.
func (e *flagError) Hint() string { return e.fix }

// onFlagError explains what pflag could not read, with the flags that may have been meant.
func onFlagError(cmd *cobra.Command, err error) error {
	fix := "`" + cmd.CommandPath() + " --help` lists them"
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return &flagError{text: fmt.Sprintf("--%s %q: %v", invalid.GetFlag().Name, invalid.GetValue(), badValue(invalid.GetFlag(), err))}
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &flagError{text: err.Error(), fix: "`" + cmd.CommandPath() + " --help` shows how"}
	}
	name := unknown.GetSpecifiedName()
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := inventory.Near(name, names); len(near) > 0 && unknown.GetSpecifiedShortnames() == "" {
		return &flagError{text: fmt.Sprintf("unknown flag --%s: did you mean --%s?", name, strings.Join(near, " or --")), fix: fix}
	}
	return &flagError{text: err.Error(), fix: fix}
}

// badValue says how to write the value of a flag that err says cannot be read.
func badValue(f *pflag.Flag, err error) string {
	switch f.Value.Type() {
	case "duration":
		return "write it as 90s, 10m or 2h"
	case "bool":
		return "it is true or false"
	}
	return errors.Unwrap(err).Error()
}

// fromEnvironment gives every flag that is not on the command line the value of BELT_<FLAG>. Lists are separated by commas.
func fromEnvironment(flags *pflag.FlagSet, getenv func(string) string) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		value := getenv(name)
		if f.Changed || value == "" || f.Name == "help" || f.Name == "file" { // inventory.Find knows BELT_FILE
			return
		}
		values := []string{value}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = slices.DeleteFunc(strings.Split(value, ","), func(s string) bool { return strings.TrimSpace(s) == "" })
			if err := list.Replace(nil); err != nil {
				errs = append(errs, err)
			}
		}
		for _, v := range values {
			if err := flags.Set(f.Name, strings.TrimSpace(v)); err != nil {
				errs = append(errs, &flagError{text: fmt.Sprintf("%s=%s: %s", name, value, badValue(f, err))})
			}
		}
	})
	return errors.Join(errs...)
}

// variable is the name under which the environment has a flag.
func variable(flag string) string {
	return "BELT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
