package envfile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case sets A to the value, or takes A away, and names every byte of the
// result.
func TestEdit(t *testing.T) {
	const header = "# written by belt: shop\n"
	tests := []struct {
		name   string
		format Format
		before string
		value  string
		unset  bool
		after  string
	}{
		// New variables.
		{name: "first of an empty file", format: Dotenv, value: "1", after: header + "A=1\n"},
		{name: "first of an empty file", format: Export, value: "1", after: header + "export A='1'\n"},
		{name: "first of an empty file", format: Systemd, value: "1", after: header + "A=1\n"},
		{name: "first of an empty file", format: JSON, value: "1", after: "{\n  \"A\": \"1\"\n}\n"},
		{name: "under a block of its own", format: Dotenv, before: "# mine\nB=2\n", value: "1",
			after: "# mine\nB=2\n\n" + header + "A=1\n"},
		{name: "no final newline", format: Dotenv, before: "B=2", value: "1", after: "B=2\n\n" + header + "A=1\n"},
		{name: "into the block", format: Dotenv, before: header + "B=2\nC='x\ny'\n\n# more\nD=4\n", value: "1",
			after: header + "B=2\nC='x\ny'\nA=1\n\n# more\nD=4\n"},
		{name: "into a block without a final newline", format: Systemd, before: header + "B=2", value: "1",
			after: header + "B=2\nA=1"},
		{name: "not into another app's block", format: Dotenv, before: "# written by belt: other\nB=2\n", value: "1",
			after: "# written by belt: other\nB=2\n\n" + header + "A=1\n"},
		{name: "a header inside a value is no header", format: Dotenv, before: "B='\n" + header + "'\n", value: "1",
			after: "B='\n" + header + "'\n\n" + header + "A=1\n"},
		{name: "crlf", format: Dotenv, before: "B=2\r\n", value: "1",
			after: "B=2\r\n\r\n# written by belt: shop\r\nA=1\r\n"},
		{name: "crlf into the block", format: Systemd, before: "# written by belt: shop\r\nB=2\r\n", value: "1",
			after: "# written by belt: shop\r\nB=2\r\nA=1\r\n"},
		{name: "a shell takes a CR into the value", format: Export, before: "#!/bin/sh\r\n", value: "1",
			after: "#!/bin/sh\r\n\n" + header + "export A='1'\n"},
		{name: "after a continued line", format: Systemd, before: `B=2\`, value: "1",
			after: "B=2\\\n\n" + header + "A=1\n"},
		{name: "after a continued line", format: Export, before: "echo b \\\n", value: "1",
			after: "echo b \\\n\n" + header + "export A='1'\n"},

		// Replaced where they stand.
		{name: "in place", format: Dotenv, before: "X=0\nA=old\nB=2\n", value: "new", after: "X=0\nA=new\nB=2\n"},
		{name: "crlf in place", format: Dotenv, before: "A=old\r\nB=2\r\n", value: "new", after: "A=new\r\nB=2\r\n"},
		{name: "all but the value is kept", format: Dotenv, before: "  export A = 'old'   # why\n", value: "p w",
			after: "  export A = 'p w'   # why\n"},
		{name: "empty before a comment", format: Dotenv, before: "A=old # why\n", value: "", after: "A='' # why\n"},
		{name: "glued comment", format: Dotenv, before: "A='old'#why\n", value: "new", after: "A=new #why\n"},
		{name: "value where there was none", format: Dotenv, before: "A= # why\n", value: "1", after: "A=1 # why\n"},
		{name: "after a byte order mark", format: Dotenv, before: "\ufeffA=old\n", value: "new", after: "\ufeffA=new\n"},
		{name: "several lines to one", format: Dotenv, before: "A=\"x\ny\nB=2\"\nC=3\n", value: "1", after: "A=1\nC=3\n"},
		{name: "an open quote is one line", format: Dotenv, before: "A='x\nB=it's\n", value: "1", after: "A=1\nB=it's\n"},
		{name: "the last of several counts", format: Dotenv, before: "A=1\nA=2\n", value: "3", after: "A=1\nA=3\n"},
		{name: "the last of several counts", format: Systemd, before: "A=1\nA=2\n", value: "3", after: "A=1\nA=3\n"},
		{name: "the last of several counts", format: JSON, before: `{"A":"1","A":"2"}`, value: "3", after: `{"A":"1","A":"3"}`},
		{name: "quoted parts", format: Systemd, before: "A = \"x\" 'y' z \nB=2\n", value: "p w", after: "A = \"p w\" \nB=2\n"},
		{name: "no comment behind a value", format: Systemd, before: "A=x # y\n", value: "z", after: "A=z\n"},
		{name: "in place", format: Export, before: "export A=old B=2 # why\n", value: "new", after: "export A='new' B=2 # why\n"},
		{name: "exported at last", format: Export, before: "A=old\n", value: "old", after: "export A='old'\n"},
		{name: "exported alone", format: Export, before: "A=old B=2\n", value: "new",
			after: "A=old B=2\n\n" + header + "export A='new'\n"},
		{name: "set again", format: Export, before: "unset A\nB=2\n", value: "new", after: "export A='new'\nB=2\n"},
		{name: "before set +a", format: Export, before: "set -a\nexport A=old\nset +a\n", value: "new",
			after: "set -a\nexport A='new'\nset +a\n"},
		{name: "not inside if", format: Export, before: "if true; then\n  export A=old\nfi\n", value: "new",
			after: "if true; then\n  export A=old\nfi\n\n" + header + "export A='new'\n"},
		{name: "not before another file", format: Export, before: "export A=old\n. /etc/other\n", value: "new",
			after: "export A=old\n. /etc/other\n\n" + header + "export A='new'\n"},
		{name: "not inside a here document", format: Export, before: "cat <<E\ndon't\nexport A=old\nE\n", value: "new",
			after: "cat <<E\ndon't\nexport A=old\nE\n\n" + header + "export A='new'\n"},
		{name: "after here documents", format: Export, before: "cat <<E <<-'F F'\ndon't\nE\n\"\n\tF F\n", value: "it's",
			after: "cat <<E <<-'F F'\ndon't\nE\n\"\n\tF F\n\n" + header + "export A='it'\\''s'\n"},
		{name: "not for one command", format: Export, before: "A=old env\n", value: "new",
			after: "A=old env\n\n" + header + "export A='new'\n"},
		{name: "what the shell would expand", format: Export, before: "export A=$B\n", value: "$B", after: "export A='$B'\n"},

		// JSON in the file's own manner.
		{name: "in place", format: JSON, before: "{\n\t\"n\" : 1.50,\n\t\"A\" : 5,\n\t\"o\": {\"x\": [ ]}\n}", value: "é\"\n<",
			after: "{\n\t\"n\" : 1.50,\n\t\"A\" : \"é\\\"\\n<\",\n\t\"o\": {\"x\": [ ]}\n}"},
		{name: "as the last one", format: JSON, before: "{\n    \"z\": \"1\",\n    \"b\":  \"a:b\"\n}\n", value: "1",
			after: "{\n    \"z\": \"1\",\n    \"b\":  \"a:b\",\n    \"A\":  \"1\"\n}\n"},
		{name: "on one line", format: JSON, before: `{ "z":"1" }`, value: "1", after: `{ "z":"1", "A":"1" }`},
		{name: "dense", format: JSON, before: `{"z":"1"}`, value: "1", after: `{"z":"1","A":"1"}`},
		{name: "empty object", format: JSON, before: "{}\n", value: "1", after: "{\n  \"A\": \"1\"\n}\n"},
		{name: "escaped key", format: JSON, before: `{"\u0041":"1"}`, value: "2", after: `{"\u0041":"2"}`},

		// Already so.
		{name: "other quotes", format: Dotenv, before: "A=\"10.0.0.1\"\n", value: "10.0.0.1", after: "A=\"10.0.0.1\"\n"},
		{name: "quotes that readers read differently", format: Dotenv, before: `A="a\tb"`, value: "a\tb", after: "A='a\tb'"},
		{name: "backticks are Node's alone", format: Dotenv, before: "A=`x`\n", value: "x", after: "A=x\n"},
		{name: "other quotes", format: Export, before: "export A=\"p w\"\n", value: "p w", after: "export A=\"p w\"\n"},
		{name: "other quotes", format: Systemd, before: "A='p w'\n", value: "p w", after: "A='p w'\n"},
		{name: "other escapes", format: JSON, before: `{"A":"\u00e9"}`, value: "é", after: `{"A":"\u00e9"}`},

		// Taken away.
		{name: "with its header", format: Dotenv, before: "B=2\n\n" + header + "A=1\n", unset: true, after: "B=2\n"},
		{name: "header of others", format: Systemd, before: header + "A=1\nB=2\n", unset: true, after: header + "B=2\n"},
		{name: "every definition", format: Dotenv, before: "A=1\nB=2\nA='3\n4'\nC=5", unset: true, after: "B=2\nC=5"},
		{name: "every definition", format: JSON, before: `{"A":"1", "b":"2", "A":"3"}`, unset: true, after: `{"b":"2"}`},
		{name: "the only one", format: JSON, before: "{\n  \"A\": \"1\"\n}\n", unset: true, after: "{}\n"},
		{name: "not there", format: JSON, before: " {} ", unset: true, after: " {} "},
		{name: "first of a statement", format: Export, before: "export A=1 B=2\n", unset: true, after: "export B=2\n"},
		{name: "last of a statement", format: Export, before: "export B=2 \\\n  A='x\ny' # c\n", unset: true, after: "export B=2 \\\n  # c\n"},
		{name: "inside if", format: Export, before: "if true; then\nexport A=old\nfi\n", unset: true,
			after: "if true; then\nexport A=old\nfi\n\n" + header + "unset A\n"},
	}
	for _, tt := range tests {
		t.Run(string(tt.format)+"/"+tt.name, func(t *testing.T) {
			f := parse(t, tt.format, tt.before)
			edit := func() {
				t.Helper()
				var err error
				if tt.unset {
					err = f.Unset("A")
				} else {
					err = f.Set("A", tt.value)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			edit()
			if diff := cmp.Diff(tt.after, string(f.Bytes())); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			edit()
			if diff := cmp.Diff(tt.after, string(f.Bytes())); diff != "" {
				t.Errorf("the second time (-want +got)\n%s", diff)
			}
			if _, ok := f.Get("A"); ok == tt.unset {
				t.Errorf("Get found A: %v", ok)
			}
		})
	}
}

func TestAddThenRemoveRestoresEveryByte(t *testing.T) {
	tests := []struct {
		format Format
		before string
	}{
		{Dotenv, ""},
		{Dotenv, "# c\n\n\nB=2\n"},
		{Dotenv, "B=2\n\n"},
		{Dotenv, "B=2\r\n"},
		{Export, "set -a\nB=2\nset +a\n. /x\n"},
		{Systemd, "; c\nB=\"2\n\"\n"},
		{JSON, "{\n  \"B\": 2\n}\n"},
		{JSON, `{"B":2}`},
	}
	for _, tt := range tests {
		f := parse(t, tt.format, tt.before)
		for _, name := range []string{"A", "C"} {
			if err := f.Set(name, "a 'b' \"c\"\n"); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"A", "C"} {
			if err := f.Unset(name); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(tt.before, string(f.Bytes())); diff != "" {
			t.Errorf("%s %q (-want +got)\n%s", tt.format, tt.before, diff)
		}
	}
}

func parse(t testing.TB, format Format, text string) *File {
	t.Helper()
	f, err := Parse(format, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f.Label = "shop"
	return f
}
