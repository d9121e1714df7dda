package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want [][]run
	}{
		"plain":            {"a b\n", [][]run{{{text: "a b"}}}},
		"blanks at an end": {"a  \n\n  \n", [][]run{{{text: "a"}}}},
		"empty between":    {"a\n\nb\n", [][]run{{{text: "a"}}, nil, {{text: "b"}}}},
		"colors":           {"\x1b[1;32mok\x1b[0m no\n", [][]run{{{look{"green", true}, "ok"}, {text: " no"}}}},
		"a look goes on":   {"\x1b[31ma\nb\x1b[39mc\n", [][]run{{{look{color: "red"}, "a"}}, {{look{color: "red"}, "b"}, {text: "c"}}}},
		"dim ends":         {"\x1b[2ma\x1b[22mb", [][]run{{{look{color: "dim"}, "a"}, {text: "b"}}}},
		"256 and rgb":      {"\x1b[38;5;31;1ma\x1b[38;2;1;31;2mb", [][]run{{{look{bold: true}, "a"}, {look{bold: true}, "b"}}}},
		"other sequences":  {"\x1b[2Ka\x1b(b", [][]run{{{text: "a"}, {text: "b"}}}},
		"cut off":          {"a\x1b[3", [][]run{{{text: "a"}}}},
		"short reset":      {"\x1b[31ma\x1b[mb", [][]run{{{look{color: "red"}, "a"}, {text: "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse(tt.text), cmp.AllowUnexported(run{}, look{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDraw(t *testing.T) {
	got := draw("belt & co", parse("$ belt <x>\n  \x1b[1;32m✓\x1b[0m  done     0.7s"))
	d := xml.NewDecoder(strings.NewReader(got))
	var texts []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("it is no XML: %v", err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" && !strings.Contains(string(text), "{") {
			texts = append(texts, string(text))
		}
	}
	if diff := cmp.Diff([]string{"belt & co", "$ belt <x>", "✓", "done", "0.7s"}, texts); diff != "" {
		t.Error(diff)
	}
	// The mark is in the third column, the words in the sixth and the fifteenth.
	for _, want := range []string{`x="34.8" y="69" textLength="8.4" class="b green">✓<`, `x="60.0" y="69" textLength="33.6">done<`, `x="135.6" y="69" textLength="33.6">0.7s<`} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not have %s:\n%s", want, got)
		}
	}
}
