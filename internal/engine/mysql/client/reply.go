package client

import (
	"bufio"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Reply is the answer to one statement.
type Reply struct {
	Rows [][]string // without the column of '='
	Err  error      // an *Error when the server refused the statement
}

// Error is a statement that the server refused.
type Error struct {
	Server  string
	Number  int // 1146
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (error %d)", e.Server, e.Message, e.Number)
}

// lost are the errors after which there is no connection any more: the server shut down, or the client lost it.
var lost = map[int]bool{1053: true, 1152: true, 1159: true, 1161: true, 1927: true, 2002: true, 2003: true, 2006: true, 2013: true, 2055: true, 4031: true}

// complaint is how the client shows an error: "ERROR 1146 (42S02) at line 3: Table 'shop.t' doesn't exist".
var complaint = regexp.MustCompile(`^ERROR (\d+)(?: \([0-9A-Z]{5}\))?(?: at line \d+)?(?: in file: '[^']*')?: (.*)`)

// frame is a statement with what ends its answer.
func frame(sql string, number int) string { return fmt.Sprintf("%s;\nSELECT '.', %d;\n", sql, number) }

// readReply reads up to the end of the statement with that number.
func readReply(out *bufio.Reader, number int) (Reply, error) {
	var reply Reply
	var refused *Error
	end := fmt.Sprintf(".\t%d", number)
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			if refused != nil { // the client said why it left
				return reply, refused
			}
			return reply, err
		}
		line = strings.TrimSuffix(line, "\n")
		switch row, is := strings.CutPrefix(line, "=\t"); {
		case is:
			reply.Rows = append(reply.Rows, strings.Split(row, "\t"))
			continue
		case line == end:
			if refused != nil {
				reply.Rows, reply.Err = nil, refused
			}
			return reply, nil
		}
		if found := complaint.FindStringSubmatch(line); found != nil {
			code, err := strconv.Atoi(found[1])
			if err != nil {
				return reply, err
			}
			refused = &Error{Number: code, Message: found[2]}
			if lost[code] {
				return reply, refused
			}
			continue
		}
		if refused != nil { // an error of several lines
			refused.Message += " " + line
		}
		// Else it is one of the client's warnings.
	}
}
