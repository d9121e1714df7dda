package compare

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFields(t *testing.T) {
	tests := map[string]struct {
		record string
		want   []string
	}{
		"one":                 {"(42)", []string{"42"}},
		"null":                {"()", []string{""}},
		"several":             {`(1,,abc)`, []string{"1", "", "abc"}},
		"quoted":              {`(1,"a, (b)")`, []string{"1", "a, (b)"}},
		"empty text":          {`("")`, []string{""}},
		"doubled quotes":      {`("say ""hi""",2)`, []string{`say "hi"`, "2"}},
		"doubled backslashes": {`("\\\\x00")`, []string{`\\x00`}},
		"a newline":           {"(\"a\nb\")", []string{"a\nb"}},
		"cut short":           {`(1,"abc`, []string{"1", "abc"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fields(test.record)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
