package inventory

import (
	"bytes"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// sizeLimit is far above any inventory that a person writes: a thousand servers take 70 KB.
const sizeLimit = 1 << 20

// parseYAML returns the top node of the only document, or what keeps the text from being one.
func parseYAML(text []byte) (*yaml.Node, []Problem) {
	if !utf8.Valid(text) {
		return nil, []Problem{{Pos{Line: badUTF8(text)}, "this is not UTF-8: save the file in that encoding"}}
	}
	top, rest, err := yamltext.Decode(text)
	if err != nil {
		return nil, explain(text, err)
	}
	if rest != nil {
		return nil, []Problem{{Pos{Line: rest.Line}, "a second document begins here: an inventory is one document, without a `---` in it"}}
	}
	return top, nil
}

func badUTF8(text []byte) int {
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 1
}

var yamlLine = regexp.MustCompile(`^(yaml: )?(line \d+: )?`)

// explain turns an error of the parser into problems with the line at which the text stops making sense. The parser's own
// line is often another one, or missing (yaml.v3 3.0.1, parser.fail).
func explain(text []byte, err error) []Problem {
	message := yamlLine.ReplaceAllString(err.Error(), "")
	line := firstLineWith(text, message)
	if tabs := tabbedLines(text); slices.Contains(tabs, line) {
		var problems []Problem
		for _, l := range tabs {
			problems = append(problems, Problem{Pos{Line: l}, "a tab in the indentation: YAML wants spaces, use two for each level"})
		}
		return problems
	}
	return []Problem{{Pos{Line: line}, "not readable as YAML: " + advice(message)}}
}

// advice says in a user's words what the parser's error means most of the time.
func advice(message string) string {
	switch message {
	case "did not find expected key":
		return "the indentation does not fit the lines above, or something follows a value"
	case "did not find expected '-' indicator":
		return "a list and keys are mixed, or the indentation does not fit the lines above"
	case "did not find expected ',' or ']'":
		return "a [ is not closed, or a comma is missing"
	case "did not find expected ',' or '}'":
		return "a { is not closed, or a comma is missing"
	case "did not find expected node content":
		return "a value is missing, or a bracket is in the wrong place"
	case "found unexpected end of stream":
		return "a quote is not closed"
	case "could not find expected ':'":
		return "a colon is missing after a key"
	case "mapping values are not allowed in this context":
		return "a colon too many, or the indentation does not fit the lines above: a value that contains \": \" needs quotes"
	case "found character that cannot start any token":
		return "a value that begins with @, `, % or a tab needs quotes"
	case "found unknown escape character":
		return "a backslash in double quotes begins an escape: use single quotes"
	case "did not find expected alphabetic or numeric character":
		return "a value that begins with & or * needs quotes, unless it is an anchor's name"
	default:
		return message
	}
}

// firstLineWith finds the shortest beginning of the text that fails with the same message: an error does not go away when
// more lines follow.
func firstLineWith(text []byte, message string) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	n := sort.Search(len(lines)-1, func(i int) bool {
		_, _, err := yamltext.Decode(bytes.Join(lines[:i+1], nil))
		return err != nil && yamlLine.ReplaceAllString(err.Error(), "") == message
	})
	return n + 1
}

var tabIndent = regexp.MustCompile(`^ *\t`)

func tabbedLines(text []byte) []int {
	var lines []int
	for i, line := range strings.Split(string(text), "\n") {
		if tabIndent.MatchString(line) {
			lines = append(lines, i+1)
		}
	}
	return lines
}
