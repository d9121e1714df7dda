package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/dbbelt/belt/pkg/plan"
)

// estimate says in a sentence what the plan costs: "copies about 1.2 GB, takes about 42s; the primary stays available".
func estimate(v plan.View) string {
	var first []string
	if v.Estimate.Bytes > 0 {
		first = append(first, "copies about "+Bytes(v.Estimate.Bytes))
	}
	if v.Estimate.Seconds > 0 {
		first = append(first, "takes about "+rough(seconds(v.Estimate.Seconds)))
	}
	var parts []string
	if len(first) > 0 {
		parts = append(parts, strings.Join(first, ", "))
	}
	if s := v.Estimate.PrimaryUnavailableSeconds; s > 0 {
		parts = append(parts, "the primary is unavailable for about "+rough(seconds(s)))
	} else {
		parts = append(parts, "the primary stays available")
	}
	if !slices.ContainsFunc(v.Steps, func(s plan.StepView) bool { return s.Destroys != "" }) {
		parts = append(parts, "nothing is destroyed")
	}
	return strings.Join(parts, "; ")
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
