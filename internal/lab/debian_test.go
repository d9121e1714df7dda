package lab

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHostMirror(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"none", nil, ""},
		{"one line", map[string]string{"sources.list": "deb http://mirror.example.org/debian bookworm main\n"}, "http://mirror.example.org/debian"},
		{"options and a slash at the end", map[string]string{"sources.list": "# ours\ndeb [arch=amd64 signed-by=/k.gpg] https://mirror.example.org/pub/debian/ bookworm main contrib\n"}, "https://mirror.example.org/pub/debian"},
		{"deb822", map[string]string{"sources.list.d/debian.sources": "Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm\n"}, "http://mirror.example.org/debian"},
		{"security is not the archive", map[string]string{"sources.list": "deb http://mirror.example.org/debian-security bookworm-security main\n"}, ""},
		{"others come first", map[string]string{
			"sources.list.d/a.list":    "deb https://packages.example.com/tool stable main\n",
			"sources.list.d/b.sources": "URIs: https://packages.example.com/node\n",
			"sources.list.d/c.sources": "URIs: http://mirror.example.org/debian\n",
		}, "http://mirror.example.org/debian"},
		{"commented out", map[string]string{"sources.list": "#deb http://mirror.example.org/debian bookworm main\n"}, ""},
		{"another distribution", map[string]string{"sources.list": "deb http://archive.example.org/ubuntu noble main\n"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range test.files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := hostMirror(dir); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
