package psql

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
)

// Reply is the answer to one statement.
type Reply struct {
	Rows [][]string // null is the empty string
	Err  error      // an *Error when the server refused the statement
}

// Error is a statement that the server refused.
type Error struct {
	Server  string
	State   string // the SQLSTATE, "42P01"
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: PostgreSQL: %s (SQLSTATE %s)", e.Server, e.Message, e.State)
}

// frame is a statement with what makes psql say how it ended: a line with its number and SQLSTATE, the message, and
// a last line. (psql's variable holds the last message even when there is no error.)
func frame(sql string, number int) string {
	return fmt.Sprintf("%s;\n\\echo '\\\\.' %d :SQLSTATE\n\\echo '=' :LAST_ERROR_MESSAGE\n\\echo '\\\\.' %d end\n", sql, number, number)
}

// readReply reads up to the end of the statement with that number.
func readReply(out *bufio.Reader, number int) (Reply, error) {
	var reply Reply
	head, tail := fmt.Sprintf(`\. %d `, number), fmt.Sprintf(`\. %d end`, number)
	var state string
	for state == "" {
		line, err := out.ReadString('\n')
		if err != nil {
			return reply, err
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, head):
			state = strings.TrimPrefix(line, head)
		case strings.HasPrefix(line, "["):
			row, err := decode(line)
			if err != nil {
				return reply, fmt.Errorf("row %.80q: %w", line, err)
			}
			reply.Rows = append(reply.Rows, row)
		default:
			return reply, fmt.Errorf("a line that is no row: %.80q", line)
		}
	}
	var message []string
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return reply, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == tail {
			break
		}
		message = append(message, line)
	}
	if state != "00000" {
		reply.Rows = nil
		reply.Err = &Error{State: state, Message: strings.TrimPrefix(strings.Join(message, "\n"), "= ")}
	}
	return reply, nil
}

// decode turns a JSON array of scalars into their texts.
func decode(line string) ([]string, error) {
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber() // sums of hashes do not fit into a float
	var values []any
	if err := decoder.Decode(&values); err != nil {
		return nil, err
	}
	row := make([]string, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case nil:
		case string:
			row[i] = v
		case json.Number:
			row[i] = v.String()
		case bool:
			row[i] = fmt.Sprint(v)
		default:
			return nil, fmt.Errorf("value %d is no scalar", i+1)
		}
	}
	return row, nil
}
