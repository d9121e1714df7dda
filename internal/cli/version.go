package cli

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by the linker for releases: -X github.com/dbbelt/belt/internal/cli.version=1.2.3.
var version string

// build is what this belt is.
type build struct {
	Version int      `json:"version"`
	Belt    string   `json:"belt"`
	Commit  string   `json:"commit"`
	Go      string   `json:"go"`
	System  string   `json:"system"`
	Engines []string `json:"engines"`
}

func versionCommand(b *belt) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "The version, and the engines that it replicates",
		Long:    `The version of this program, and the engines that it replicates.`,
		Example: `  belt version -o json`,
		Args:    noArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			v := b.build()
			if b.flags.json() {
				b.document(v)
				return nil
			}
			b.say(fmt.Sprintf("belt %s (%s, %s)", v.Belt, v.Go, v.System), "engines: "+strings.Join(v.Engines, ", "))
			return nil
		},
	}
	return withExits(cmd, []int{exitDone, exitUsage})
}

func (b *belt) build() build {
	v := build{
		Version: 1, Belt: version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Engines: slices.Sorted(maps.Keys(b.engines)),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
		if v.Belt == "" && info.Main.Version != "(devel)" {
			v.Belt = info.Main.Version
		}
	}
	if v.Belt == "" {
		v.Belt = "dev"
	}
	return v
}
