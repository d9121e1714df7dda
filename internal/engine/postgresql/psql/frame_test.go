package psql

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFrame(t *testing.T) {
	want := "SELECT json_build_array(1);\n" +
		`\echo '\\.' 7 :SQLSTATE` + "\n" +
		`\echo '=' :LAST_ERROR_MESSAGE` + "\n" +
		`\echo '\\.' 7 end` + "\n"
	if diff := cmp.Diff(want, frame("SELECT json_build_array(1)", 7)); diff != "" {
		t.Error(diff)
	}
}

func TestReadReply(t *testing.T) {
	ok := "\\. 3 00000\n= \n\\. 3 end\n"
	tests := map[string]struct {
		out   string
		want  Reply
		fails string
	}{
		"no rows":                    {out: ok},
		"the message of long before": {out: "\\. 3 00000\n= relation \"x\" does not exist\n\\. 3 end\n"},
		"scalars":                    {out: `[1, "a", null, true, -99931572537401428643, 1.50]` + "\n" + ok, want: Reply{Rows: [][]string{{"1", "a", "", "true", "-99931572537401428643", "1.50"}}}},
		"values that look like the end": {
			out:  `["\n\\. 3 00000\n\\. 3 end\n", "]\t[\"\u001e"]` + "\n" + ok,
			want: Reply{Rows: [][]string{{"\n\\. 3 00000\n\\. 3 end\n", "]\t[\"\x1e"}}},
		},
		"names of any script": {out: `["Bücher", "заказы", "注文"]` + "\n" + ok, want: Reply{Rows: [][]string{{"Bücher", "заказы", "注文"}}}},
		"refused": {
			out:  "\\. 3 42P01\n= relation \"x\" does not exist\n\\. 3 end\n",
			want: Reply{Err: &Error{State: "42P01", Message: `relation "x" does not exist`}},
		},
		"refused in several lines": {
			out:  "\\. 3 22012\n= one\n\\. 2 end\ntwo\n\\. 3 end\n",
			want: Reply{Err: &Error{State: "22012", Message: "one\n\\. 2 end\ntwo"}},
		},
		"rows before the refusal do not count": {
			out:  "[1]\n\\. 3 40001\n= canceling statement due to conflict with recovery\n\\. 3 end\n",
			want: Reply{Err: &Error{State: "40001", Message: "canceling statement due to conflict with recovery"}},
		},
		"cut within the rows":         {out: "[1]\n[2", fails: "EOF"},
		"cut before the message":      {out: "[1]\n\\. 3 00000\n", fails: "EOF"},
		"the end of another one":      {out: "\\. 2 00000\n", fails: "a line that is no row"},
		"chatter":                     {out: "hello\n" + ok, fails: "a line that is no row"},
		"a row that is no array":      {out: "[1,\n" + ok, fails: `row "[1,"`},
		"a row with another array":    {out: "[[1]]\n" + ok, fails: "value 1 is no scalar"},
		"what follows is not touched": {out: ok + "[4]\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readReply(bufio.NewReader(strings.NewReader(test.out)), 3)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error %v, want one with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
