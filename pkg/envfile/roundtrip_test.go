package envfile

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	values := manyValues(60)
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			f := parse(t, format, "")
			setAll(t, f, values)
			text := f.Bytes()
			again := parse(t, format, string(text))
			if diff := cmp.Diff(values, again.Map()); diff != "" {
				t.Errorf("read back (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(values)), again.Names()); diff != "" {
				t.Errorf("order (-want +got)\n%s", diff)
			}
			setAll(t, again, values)
			if diff := cmp.Diff(string(text), string(again.Bytes())); diff != "" {
				t.Errorf("written twice (-first +second)\n%s", diff)
			}
			for name := range values {
				if err := again.Unset(name); err != nil {
					t.Fatal(err)
				}
			}
			if left := again.Map(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// Values are changed one after another in a file that others wrote: what was
// theirs stays, byte for byte.
func TestEditsAmongForeignLines(t *testing.T) {
	foreign := map[Format][]string{
		Dotenv:  {"# it's\n", "X1='a'\n", "\n", "broken line\n", "export X2 = \"b\nc\" # d\n", "A=0\n", "X3=e # f\n", "-\r\n", "X4=`g`\n"},
		Export:  {"# it's\n", "X1=a\n", "\n", "export A=0 X2=\"b\nc\" # d\n", "export X1\n", "set +a\n", "X3=e; # f\n"},
		Systemd: {"; it's\n", "X1='a'\n", "\n", "broken line\n", "X2=\"b\nc\" d\n", "A=0\n", "X3=e \\\n f\n", "1X=y\n"},
		JSON:    {"{\n", "\t\"X1\": \"a\",\n", "\t\"A\": 0,\n", "\t\"X2\":{\"y\": [1, 2.50]}\n", "}\n"},
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			f := parse(t, format, "")
			for _, line := range foreign[format] {
				f.src = append(f.src, line...)
			}
			before := f.Map()
			for range 200 {
				name := fmt.Sprintf("B%d", r.IntN(3))
				if r.IntN(4) == 0 {
					name = "A"
				}
				value := randomValue(r)
				if err := f.Set(name, value); err != nil {
					t.Fatalf("%s=%q: %v\n%s", name, value, err, f.Bytes())
				}
				before[name] = value
			}
			if diff := cmp.Diff(before, f.Map()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, line := range foreign[format] {
				ours := strings.Contains(line, "A=0") || strings.Contains(line, `"A": 0`)
				if line = strings.TrimSuffix(line, "\n"); !ours && !strings.Contains(string(f.Bytes()), line) {
					t.Errorf("line %q is gone", line)
				}
			}
		})
	}
}

func setAll(t *testing.T, f *File, values map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := f.Set(name, values[name]); err != nil {
			t.Fatalf("%s=%q: %v", name, values[name], err)
		}
	}
}
