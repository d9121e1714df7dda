package inventory

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret")
	tests := map[string]struct{ content, want, error string }{
		"plain":             {"s3cret", "s3cret", ""},
		"line end":          {"s3cret\n", "s3cret", ""},
		"Windows line end":  {"s3cret\r\n", "s3cret", ""},
		"one line end only": {"s3cret\n\n", "s3cret\n", ""},
		"carriage return":   {"s3cret\r", "s3cret\r", ""},
		"spaces stay":       {" a b \n", " a b ", ""},
		"any character":     {"$'\"\\ü=#\n", "$'\"\\ü=#", ""},
		"empty":             {"", "", "belt.yaml:7: password_file " + file + ": is empty"},
		"a line end alone":  {"\n", "", "belt.yaml:7: password_file " + file + ": is empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Credentials{PasswordFile: file, Pos: Pos{"belt.yaml", 7}}.Password()
			if got != test.want || messageOf(err) != test.error {
				t.Errorf("%q, %v; want %q, %s", got, err, test.want, test.error)
			}
		})
	}
	none := filepath.Join(dir, "none")
	_, err := Credentials{PasswordFile: none, Pos: Pos{"belt.yaml", 7}}.Password()
	if want := "belt.yaml:7: password_file " + none + ": no such file or directory"; messageOf(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
	if got, err := (Credentials{}).Password(); got != "" || err != nil {
		t.Errorf("without a file: %q, %v", got, err)
	}
}
