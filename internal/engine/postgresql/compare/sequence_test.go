package compare

import "testing"

func TestJudgeSequence(t *testing.T) {
	at := func(position, called string) []string { return []string{"16400", position, called} }
	tests := map[string]struct {
		before, there, after []string
		want                 seqVerdict
	}{
		"equal":                       {at("33", "true"), at("33", "true"), at("33", "true"), seqEqual},
		"logged anew, replica had it": {at("33", "true"), at("66", "true"), at("66", "true"), seqEqual},
		"logged anew, replica late":   {at("33", "true"), at("33", "true"), at("66", "true"), seqEqual},
		"called all the time":         {at("33", "true"), at("66", "true"), at("99", "true"), seqMoving},
		"behind":                      {at("33", "true"), at("20", "true"), at("33", "true"), seqDiffers},
		"not called on one side":      {at("1", "true"), at("1", "false"), at("1", "true"), seqDiffers},
		"another file":                {at("1", "true"), []string{"16500", "1", "true"}, at("1", "true"), seqDiffers},
		"gone":                        {at("1", "true"), nil, at("1", "true"), seqMoved},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := judgeSequence(test.before, test.there, test.after); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
