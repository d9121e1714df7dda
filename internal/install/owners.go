package install

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
)

//go:embed scripts/owners.sh
var ownersScript string

// Owners are the packages that files of a server belong to, each once, in the order of the files. A file may be a path, or a
// systemd unit with "unit:" before its name; one that no package has is left out. Reads only.
func Owners(ctx context.Context, r remote.Runner, files ...string) ([]string, error) {
	result, err := r.Run(ctx, replica.Look("see which packages are installed", ownersScript, files...))
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(result.Stdout) {
		if name := strings.TrimSpace(line); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out, nil
}
