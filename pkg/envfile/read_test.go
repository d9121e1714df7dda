package envfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What others wrote, as the format's reader sees it.
func TestGet(t *testing.T) {
	tests := []struct {
		format     Format
		text, want string
	}{
		{Dotenv, "A=1", "1"},
		{Dotenv, " export\tA = 1 \r\n", "1"},
		{Dotenv, "A= x y # z\n", "x y"},
		{Dotenv, "A=x#y\n", "x#y"},
		{Dotenv, "A='x\n# y' # z\n", "x\n# y"},
		{Dotenv, `A="a\"b\\c\nd\$e\zf"`, "a\"b\\c\nd$e\\zf"},
		{Dotenv, `A='it\'s'`, "it's"},
		{Dotenv, `A='x\' # y`, `x\`},
		{Dotenv, "A='x' y\n", "'x' y"},
		{Dotenv, "A='x\nB=2", "'x"},
		{Dotenv, "B=\"x\nA=1\"\nA=2\n#A=3\nA 4\nA: 5\n", "2"},
		{Export, "A=1; export A\nA=2\n", "2"},
		{Export, "export A='it'\\''s'\" \\$5 \\x\"\\ z # c\n", "it's $5 \\x z"},
		{Export, "export B=1 A=2 C # c\n", "2"},
		{Export, "A=1\\\n2\n", "12"},
		{Export, "A=1\nA=2 true\n", "1"},
		{Export, "A=1\nunset A\nexport A=2;\n", "2"},
		{Export, "export A=\"$HOME\"/x\n", "$HOME/x"},
		{Export, "A=1\r\n", "1\r"},
		{Export, "export A=1\nset -o pipefail\nset - x\ncat <<< \"it's\"\ncat <<-\\E 'x\ny' \"z\" # it's\n\tA=2\n\tE\nA=3 (\nA='4\n", "1"},
		{Export, "set -a\nexport 9A A=1\nA='x' #\r\n", "x"},
		{Systemd, "A = 1 \r\n", "1"},
		{Systemd, "A=\"a\\\"b\\\\c\\nd\\$e\" 'f' g \n", "a\"b\\c\\nd$efg"},
		{Systemd, "A=it's # no comment\n", "it's # no comment"},
		{Systemd, "A=a\\\n  b\\ \n", "a  b "},
		{Systemd, "A=\"a\\\nb\nc\"", "ab\nc"},
		{Systemd, "A=1\n#x\\\nA=2\n;A=3\nexport A=4\nA\n", "1"},
		{JSON, `{"B": {"A": "2"}, "A": "1\u00e9"}`, "1é"},
		{JSON, ` {"A": 1.50 } `, "1.50"},
		{JSON, `{"A": "1", "A": null}`, "null"},
	}
	for _, tt := range tests {
		got, ok := parse(t, tt.format, tt.text).Get("A")
		if !ok || got != tt.want {
			t.Errorf("%s %q: got %q, %v, want %q", tt.format, tt.text, got, ok, tt.want)
		}
	}
	for _, text := range []string{"", "A", "#A=1\n", "B='\nA=1\n'\n"} {
		if got, ok := parse(t, Dotenv, text).Get("A"); ok {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if _, ok := parse(t, Export, "export A=1\nunset B A\n").Get("A"); ok {
		t.Error("found a variable that was unset")
	}
}

func TestNamesAndMap(t *testing.T) {
	f := parse(t, Export, "export Z=1\nA=2\nunset B\nB=3\nZ=4\nunset A\n")
	if diff := cmp.Diff([]string{"Z", "B"}, f.Names()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"Z": "4", "B": "3"}, f.Map()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		format     Format
		text, want string
	}{
		{JSON, "{\n  \"A\": \"1\",\n}\n", "line 3, column 1: not JSON"},
		{JSON, "{\n  \"A\": 'x'\n}\n", "line 2, column 8: not JSON"},
		{JSON, "{\"A\": \"1\"", "line 1, column 9: not JSON"},
		{JSON, "{\"A\": \"1\"} x", "line 1, column 12: not JSON"},
		{JSON, "A=1\n", "line 1, column 1: not JSON"},
		{JSON, "\n [1]", "line 2, column 2: the file has to be one JSON object"},
		{JSON, "null", "line 1, column 1: the file has to be one JSON object"},
		{"yaml", "", `unknown format "yaml": use dotenv, export, systemd or json`},
	}
	for _, tt := range tests {
		_, err := Parse(tt.format, []byte(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %q: got %v, want %s", tt.format, tt.text, err, tt.want)
		}
	}
}

func TestSetErrorsChangeNothing(t *testing.T) {
	tests := []struct {
		format            Format
		text, name, value string
		want              string
	}{
		{Dotenv, "B=1\n", "1A", "x", `set 1A: invalid variable name "1A"`},
		{Dotenv, "B=1\n", "A B", "x", `set A B: invalid variable name`},
		{JSON, "{}", "", "x", `set : invalid variable name`},
		{Export, "B=1\n", "A", "x\x00", "set A: the value holds a NUL byte"},
		{Systemd, "B=1\n", "A", "x\xff", "set A: the value is not valid UTF-8"},
		{Systemd, "B=\"1\n", "A", "x", "set A: the file would not be read back"},
		{Systemd, "B=\"1\n", "Z", "x y", "set Z: the edit would have changed B as well: is a quote left open further up?"},
	}
	for _, tt := range tests {
		f := parse(t, tt.format, tt.text)
		err := f.Set(tt.name, tt.value)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %q: got %v, want %s", tt.format, tt.text, err, tt.want)
		}
		if err != nil && tt.name == "A" && strings.Contains(err.Error(), tt.value) && len(tt.value) > 1 {
			t.Errorf("the message repeats the value: %v", err)
		}
		if string(f.Bytes()) != tt.text {
			t.Errorf("%s %q: became %q", tt.format, tt.text, f.Bytes())
		}
	}
}

func TestHeaderLabelCannotLeaveItsComment(t *testing.T) {
	f := parse(t, Systemd, "")
	f.Label = "a\nB=1\\"
	if err := f.Set("A", "1"); err != nil {
		t.Fatal(err)
	}
	if got, want := string(f.Bytes()), "# written by belt: a_B=1_\nA=1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("%s: got %q, %v", f, got, err)
		}
	}
	if got, err := ParseFormat(""); got != Dotenv || err != nil {
		t.Errorf("the default: got %q, %v", got, err)
	}
	if _, err := ParseFormat("Dotenv"); err == nil {
		t.Error("took Dotenv")
	}
}
