package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dbbelt/belt/pkg/inventory"
)

func initCommand(b *belt, write func(path string) error) *cobra.Command {
	if write == nil {
		write = writeExample
	}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented belt.yaml to start from",
		Long:  `Write a commented belt.yaml to start from, into the current folder or where --file says. A file that exists is left alone.`,
		Example: `  belt init
  belt init --file deploy/belt.yaml`,
		Args: noArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			path := b.flags.file
			if path == "" {
				path = b.getenv("BELT_FILE")
			}
			if path == "" {
				path = inventory.FileName
			}
			if err := write(path); err != nil {
				return err
			}
			if b.flags.json() {
				b.document(map[string]any{"version": 1, "file": path})
				return nil
			}
			b.say("wrote "+path, "next: put your servers in, then run `belt check`")
			return nil
		},
	}
	return withExits(cmd, local())
}

// writeExample never writes over a file.
func writeExample(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return &flagError{text: path + " exists: it is left as it is", fix: "name another file with --file"}
	}
	if err != nil {
		return fmt.Errorf("write the inventory: %w", err)
	}
	_, err = file.WriteString(inventory.Example())
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the inventory: %w", errors.Join(err, os.Remove(filepath.Clean(path))))
	}
	return nil
}
