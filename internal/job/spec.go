package job

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// names fit into a path, a unit's name and a shell word as they are.
var names = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]{0,99}$`)

func validName(what, name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("%s name %q: it may have a-z, 0-9, dot, dash and underscore", what, name)
	}
	return nil
}

func (s Spec) validate() error {
	errs := []error{validName("job", s.ID)}
	for name := range maps.Keys(s.Files) {
		errs = append(errs, validName("file", name))
	}
	for name := range maps.Keys(s.Secrets) {
		errs = append(errs, validName("file", name))
		if _, twice := s.Files[name]; twice {
			errs = append(errs, fmt.Errorf("file %s is an input and a secret", name))
		}
	}
	if s.Title == "" || strings.ContainsAny(s.Title, "\n\t\x00") {
		errs = append(errs, fmt.Errorf("job %s: title %q: it has to be one line", s.ID, s.Title))
	}
	if strings.TrimSpace(s.Script) == "" {
		errs = append(errs, fmt.Errorf("job %s has no script", s.ID))
	}
	if i := slices.IndexFunc(s.Args, func(a string) bool { return strings.Contains(a, "\x00") }); i >= 0 {
		errs = append(errs, fmt.Errorf("job %s: argument %d has a NUL", s.ID, i+1))
	}
	return errors.Join(errs...)
}

// hash tells one work from another.
func (s Spec) hash() string {
	h := sha256.New()
	part := func(b []byte) { fmt.Fprintf(h, "%d:%s,", len(b), b) }
	part([]byte(s.As))
	part([]byte(s.Script))
	fmt.Fprintf(h, "%d;", len(s.Args))
	for _, a := range s.Args {
		part([]byte(a))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		part([]byte(name))
		part(s.Files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// text is the whole script: its arguments are in it, so that they pass through neither systemd, which expands "$" in a
// command line, nor a list of limited length; and the helper to report progress.
func (s Spec) text() string {
	var b strings.Builder
	b.WriteString("set --")
	for _, a := range s.Args {
		b.WriteString(" '" + strings.ReplaceAll(a, "'", `'\''`) + "'")
	}
	b.WriteString("\nprogress() { { printf '%s %s %s\\n' \"$1\" \"$2\" \"${3-}\" >\"$BELT_PROGRESS.new\" && mv -f \"$BELT_PROGRESS.new\" \"$BELT_PROGRESS\"; } 2>/dev/null || :; }\n")
	b.WriteString(s.Script)
	b.WriteString("\n")
	return b.String()
}

// archive is what start.sh takes on its input. The file run is the last.
func (s Spec) archive() (io.Reader, error) {
	type file struct {
		name string
		data []byte
	}
	files := []file{{"script", []byte(s.text())}, {"title", []byte(s.Title + "\n")}}
	for _, m := range []map[string][]byte{s.Files, s.Secrets} {
		for name, data := range m {
			files = append(files, file{"files/" + name, data})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	files = append(files, file{"run", []byte(libSh + runSh)})

	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.data)), Typeflag: tar.TypeReg}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &buf, nil
}
