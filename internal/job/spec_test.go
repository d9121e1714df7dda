package job

import (
	"context"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
)

func TestBadSpecs(t *testing.T) {
	good := Spec{ID: "seed.shop", Title: "copy", Script: "true"}
	for name, change := range map[string]func(*Spec){
		"no id":          func(s *Spec) { s.ID = "" },
		"a path":         func(s *Spec) { s.ID = "../x" },
		"a hidden id":    func(s *Spec) { s.ID = ".x" },
		"capitals":       func(s *Spec) { s.ID = "Seed" },
		"a long id":      func(s *Spec) { s.ID = strings.Repeat("x", 101) },
		"no title":       func(s *Spec) { s.Title = "" },
		"a long title":   func(s *Spec) { s.Title = "two\nlines" },
		"no script":      func(s *Spec) { s.Script = " \n" },
		"a file's path":  func(s *Spec) { s.Files = map[string][]byte{"a/b": nil} },
		"a secret path":  func(s *Spec) { s.Secrets = map[string][]byte{"..": nil} },
		"a file twice":   func(s *Spec) { s.Files = map[string][]byte{"a": nil}; s.Secrets = s.Files },
		"NUL in an arg.": func(s *Spec) { s.Args = []string{"a\x00b"} },
	} {
		s := good
		change(&s)
		if _, err := Start(t.Context(), noServer{}, s); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, id := range []string{"", "../x"} {
		if err := At(noServer{}, id).Remove(t.Context()); err == nil {
			t.Errorf("remove %q: accepted", id)
		}
	}
}

type noServer struct{}

func (noServer) Server() string { return "db2" }

func (noServer) Run(context.Context, remote.Command) (remote.Result, error) {
	panic("the server was asked")
}
