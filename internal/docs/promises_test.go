package docs

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/ops"
	"github.com/dbbelt/belt/pkg/plan"
)

// TestJSON reads each document of docs/json.md into what the program prints: every key has to be there, and none too many.
func TestJSON(t *testing.T) {
	documents := map[string]any{
		"status": &ops.StatusDocument{}, "plan": &plan.View{}, "result": &ops.Result{}, "verify": &ops.VerifyDocument{},
		"check": &ops.CheckDocument{}, "env-show": &ops.EnvDocument{}, "env-diff": &ops.EnvDiffDocument{},
		"env-history": &ops.HistoryDocument{}, "log": &ops.LogDocument{},
	}
	for _, b := range pageOf(t, "docs/json.md").blocks() {
		name, ok := strings.CutPrefix(b.info, "json ")
		if !ok {
			continue
		}
		into := documents[name]
		if into == nil {
			t.Errorf("%s: there is no such document, or it is there twice", name)
			continue
		}
		delete(documents, name)
		d := json.NewDecoder(strings.NewReader(b.text))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var shown any
		if err := json.Unmarshal([]byte(b.text), &shown); err != nil {
			t.Fatal(err)
		}
		for _, key := range missing(reflect.TypeOf(into).Elem(), shown, name) {
			t.Errorf("the program prints a key that the docs do not show: %s", key)
		}
	}
	for name := range documents {
		t.Errorf("docs/json.md does not show %s", name)
	}
}

// missing are the keys that a value of type t always has and that the document does not show.
func missing(t reflect.Type, shown any, at string) []string {
	switch t.Kind() {
	case reflect.Pointer:
		return missing(t.Elem(), shown, at)
	case reflect.Slice:
		list, ok := shown.([]any)
		if !ok || len(list) == 0 {
			return nil
		}
		return missing(t.Elem(), list[0], at+"[]")
	case reflect.Struct:
		object, ok := shown.(map[string]any)
		if !ok {
			return nil // a time, written as a string
		}
		var out []string
		for i := range t.NumField() {
			field := t.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			switch {
			case field.Anonymous:
				out = append(out, missing(field.Type, shown, at)...)
			case !field.IsExported() || name == "-" || strings.Contains(options, "omit"):
			case object[name] == nil:
				out = append(out, at+"."+name)
			default:
				out = append(out, missing(field.Type, object[name], at+"."+name)...)
			}
		}
		return out
	}
	return nil
}

// TestExitCodes holds the page of exit codes to the codes that the commands' help has.
func TestExitCodes(t *testing.T) {
	text := pageOf(t, "docs/exit-codes.md").text
	codes := 0
	err := walk(func(h help) error {
		for _, e := range h.list("Exit codes") {
			codes++
			if !strings.Contains(text, "\n| "+e.name+" | ") {
				t.Errorf("docs/exit-codes.md does not have %s: %s", e.name, e.text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if codes < 50 {
		t.Errorf("only %d exit codes were found", codes)
	}
}

// TestEnvironment holds the page of variables to the flags of every command.
func TestEnvironment(t *testing.T) {
	text := pageOf(t, "docs/environment.md").text
	h, err := read()
	if err != nil {
		t.Fatal(err)
	}
	long := regexp.MustCompile(`--([a-z-]+)`)
	for _, e := range h.list(allFlags) {
		name := long.FindStringSubmatch(e.name)[1]
		variable := "BELT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if !strings.Contains(text, "| `"+variable+"` | `--"+name+"` |") {
			t.Errorf("docs/environment.md does not have %s", variable)
		}
	}
}

// TestChecks holds the page of checks to the names that the engines and the operations give them.
func TestChecks(t *testing.T) {
	text := pageOf(t, "docs/checks.md").text
	name := regexp.MustCompile(`(?:c\.Add|c\.Warn|c\.Refuse)\("([a-z-]+)"|plan\.Check\{Name: "([a-z-]+)"`)
	names := map[string]bool{}
	for _, dir := range []string{"internal/engine", "internal/replica", "internal/ops"} {
		err := fs.WalkDir(os.DirFS(filepath.Join(root, dir)), ".", func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(filepath.Join(root, dir, path))
			for _, found := range name.FindAllSubmatch(source, -1) {
				names[string(bytes.Join(found[1:], nil))] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 20 {
		t.Errorf("only %d checks were found", len(names))
	}
	for name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/checks.md does not have %s", name)
		}
	}
}

func pageOf(t *testing.T, path string) file {
	t.Helper()
	for _, f := range files(t) {
		if f.path == path {
			return f
		}
	}
	t.Fatalf("there is no %s", path)
	return file{}
}
