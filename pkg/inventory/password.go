package inventory

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Password reads the password file; one newline at its end is not part of the password. Without a file it is empty.
func (c Credentials) Password() (string, error) {
	if c.PasswordFile == "" {
		return "", nil
	}
	text, err := readSmall(c.PasswordFile, 64<<10)
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if err != nil {
		return "", fmt.Errorf("%s: password_file %s: %w", c.Pos, c.PasswordFile, err)
	}
	password, newline := strings.CutSuffix(string(text), "\n")
	if newline {
		password = strings.TrimSuffix(password, "\r")
	}
	if password == "" {
		return "", fmt.Errorf("%s: password_file %s: is empty", c.Pos, c.PasswordFile)
	}
	return password, nil
}

// readSmall reads a file of at most limit bytes, and does not read a device or a huge file to its end.
func readSmall(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("is larger than %d bytes", limit)
	}
	return text, nil
}
