package talk

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrRefused says that the server did not let Belt in.
var ErrRefused = errors.New("it does not let belt in")

// newMark is a name for Belt's connection that no reply contains by chance.
func newMark() string { return "belt-" + rand.Text()[:16] }

// opening names the connection; the first reply after it tells whether the login worked.
func (p Place) opening(mark string) string {
	return p.line([]string{"CLIENT", "SETNAME", mark}) + p.end()
}

// end is the command whose reply ends the one before.
func (p Place) end() string { return p.line([]string{"CLIENT", "GETNAME"}) }

// read takes one reply from the client's output.
func read(out *bufio.Reader, mark string) (string, error) {
	end := `"` + mark + `"`
	var text strings.Builder
	for {
		line, err := out.ReadString('\n')
		if strings.TrimSuffix(line, "\n") == end {
			return strings.TrimSuffix(text.String(), "\n"), nil
		}
		if strings.HasPrefix(line, "ERROR,") && strings.Contains(line, "NOAUTH") {
			return "", fmt.Errorf("%w: %s", ErrRefused, strings.TrimSpace(strings.TrimPrefix(line, "ERROR,")))
		}
		text.WriteString(line)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return text.String(), err
		}
	}
}

// readLine takes a reply that is one line. A connection that was lost is found out by the next mark: the new one has no name.
func readLine(out *bufio.Reader, mark string) (string, error) {
	line, err := out.ReadString('\n')
	text := strings.TrimSuffix(line, "\n")
	switch {
	case errors.Is(err, io.EOF):
		return text, io.ErrUnexpectedEOF
	case err == nil && text == `"`+mark+`"`:
		return text, errors.New("an answer less than questions")
	}
	return text, err
}

// readOpening takes the replies to the login and to the naming.
func readOpening(out *bufio.Reader, mark string) error {
	text, err := read(out, mark)
	for line := range strings.Lines(text) {
		if message, bad := refused(strings.TrimSpace(line)); bad {
			return fmt.Errorf("%w: %s", ErrRefused, message)
		}
	}
	return err
}
