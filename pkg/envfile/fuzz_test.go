package envfile

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the file holds, an edit either is refused and changes nothing, or
// reads back and is stable.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "A=1", "A='x\ny' # c\r\nB=\"\\\"\"\n", "export A=1 B=\"2\" \\\n C='3'\nunset A\n", "\ufeffA=`x`", "; c\\\nA=x\\\ny 'z'\n",
		"cat <<E <<-'F'\n'\nE\n\"\n\tF\n", "echo 'x\n", "A=\"", "A='\\'", "{\"A\": \"1\", \"b\": [1]}", "{}", "{ }\n", "{\"A\":1,\"A\":2}", "if x; then\nA=1\nfi",
	} {
		f.Add(text, "va'l\"ue\n")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		for _, format := range Formats() {
			file, err := Parse(format, []byte(text))
			if err != nil {
				if format != JSON {
					t.Fatalf("%s: %v", format, err)
				}
				continue
			}
			if string(file.Bytes()) != text {
				t.Fatalf("%s: parsing changed the text", format)
			}
			set(t, file, value)
			if err := file.Unset("A"); err == nil {
				if v, ok := file.Get("A"); ok {
					t.Fatalf("%s: still %q after Unset", format, v)
				}
			}
		}
	})
}

func set(t *testing.T, file *File, value string) {
	before := string(file.Bytes())
	if err := file.Set("A", value); err != nil {
		if string(file.Bytes()) != before {
			t.Fatalf("%s: refused, and changed: %v", file.Format(), err)
		}
		if utf8.ValidString(value) && !strings.Contains(value, "\x00") && !strings.Contains(err.Error(), "quote left open") {
			t.Fatalf("%s: %v", file.Format(), err)
		}
		return
	}
	first := string(file.Bytes())
	if got, _ := file.Get("A"); got != value {
		t.Fatalf("%s: %q reads back as %q", file.Format(), value, got)
	}
	if err := file.Set("A", value); err != nil || string(file.Bytes()) != first {
		t.Fatalf("%s: not stable: %q, then %q (%v)", file.Format(), first, file.Bytes(), err)
	}
}
