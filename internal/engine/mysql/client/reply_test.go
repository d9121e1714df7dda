package client

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadReply(t *testing.T) {
	for name, tt := range map[string]struct {
		text   string
		rows   [][]string
		number int
		says   string
		over   bool // the session is
	}{
		"nothing":             {text: ".\t7\n"},
		"rows":                {text: "=\ta\t\tNULL\n=\t\\t\t.\t7\n.\t7\n", rows: [][]string{{"a", "", "NULL"}, {`\t`, ".", "7"}}},
		"refused":             {text: "ERROR 1146 (42S02) at line 3: Table 'a.b' doesn't exist\n.\t7\n", number: 1146, says: "Table 'a.b' doesn't exist"},
		"refused half-way":    {text: "=\t1\nERROR 1317 (70100) at line 3: Query execution was interrupted\n.\t7\n", number: 1317, says: "interrupted"},
		"of several lines":    {text: "ERROR 1064 (42000) at line 3: near 'x\ny' at line 1\n.\t7\n", number: 1064, says: "near 'x y' at line 1"},
		"a warning":           {text: "mysql: [Warning] something\n=\t1\n.\t7\n", rows: [][]string{{"1"}}},
		"a row like an error": {text: "=\tERROR 1146 (42S02): x\n.\t7\n", rows: [][]string{{"ERROR 1146 (42S02): x"}}},
		"the server is gone":  {text: "ERROR 2013 (HY000) at line 3: Lost connection to server during query\n", number: 2013, says: "Lost connection", over: true},
		"no connection":       {text: "ERROR 2002 (HY000): Can't connect to local server through socket\n", number: 2002, says: "Can't connect", over: true},
		"no login":            {text: "ERROR 1045 (28000): Access denied for user 'x'@'localhost'\n", number: 1045, says: "Access denied", over: true},
		"cut":                 {text: "=\t1\n", says: "EOF", over: true},
		"another's end":       {text: ".\t6\n", says: "EOF", over: true},
	} {
		t.Run(name, func(t *testing.T) {
			reply, err := readReply(bufio.NewReader(strings.NewReader(tt.text)), 7)
			if (err != nil) != tt.over {
				t.Fatalf("got %v", err)
			}
			said := errors.Join(reply.Err, err)
			if (said != nil) != (tt.says != "") || said != nil && !strings.Contains(said.Error(), tt.says) {
				t.Errorf("got %v", said)
			}
			if refused, is := errors.AsType[*Error](said); is != (tt.number != 0) || is && refused.Number != tt.number {
				t.Errorf("got %v", said)
			}
			if diff := cmp.Diff(tt.rows, reply.Rows); diff != "" && !tt.over {
				t.Error(diff)
			}
			if tt.says == "EOF" && !errors.Is(err, io.EOF) {
				t.Errorf("got %v", err)
			}
		})
	}
}
