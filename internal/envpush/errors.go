package envpush

import (
	"fmt"
	"strings"
)

// FolderError says why a server's file cannot be written.
type FolderError struct {
	Server string
	App    string
	Detail string // "there is no folder /etc/shop"
}

func (e *FolderError) Error() string { return e.Server + ": " + e.Detail }

// Hint is the next step for the user.
func (e *FolderError) Hint() string {
	return "mend that on " + e.Server + ", or change env: file: of app " + e.App + " in belt.yaml"
}

// ApplyError says that the file is as it should be, and that the command which makes the app read it failed.
type ApplyError struct {
	Server string
	Apply  string
	Code   int
	Output string // its end, without secrets
}

func (e *ApplyError) Error() string {
	text := fmt.Sprintf("%s: the file is written, but `%s` failed with exit code %d", e.Server, e.Apply, e.Code)
	if said := strings.TrimSpace(e.Output); said != "" {
		text += ": " + said
	}
	return text
}

// Hint is the next step for the user.
func (e *ApplyError) Hint() string { return "once that is mended, the next push runs it again" }
