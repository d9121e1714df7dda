package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const help = `Shows who is primary: and how far behind the rest is.

.Lines like this one are text, and so is a \.

Usage:
  belt db status [APP[/DATABASE]] [flags]

Flags:
      --watch   again and again

Exit codes:
    0  healthy
    6  not healthy
`

func TestRender(t *testing.T) {
	c := command{name: []string{"belt", "db", "status"}, short: "Roles and lag"}
	want := `.TH "BELT\-DB\-STATUS" 1 "" "belt 1.2" "Belt"
.SH NAME
belt\-db\-status \- Roles and lag
.SH "SYNOPSIS"
.nf
  belt db status [APP[/DATABASE]] [flags]
.fi
.SH DESCRIPTION
Shows who is primary: and how far behind the rest is.
.PP
\&.Lines like this one are text, and so is a \e.
.SH "OPTIONS"
.nf
      \-\-watch   again and again
.fi
.SH "EXIT STATUS"
.nf
    0  healthy
    6  not healthy
.fi
.SH SEE ALSO
\fBbelt\-db\fR(1)
`
	if diff := cmp.Diff(want, c.render(parse(help), "belt 1.2")); diff != "" {
		t.Error(diff)
	}
}

func TestUnder(t *testing.T) {
	c := command{name: []string{"belt", "db"}}
	p := parse("About.\n\nUsage:\n  belt db COMMAND\n\nCommands:\n  status       Roles and lag\n  replicate    Make and end replicas\n\nFlags:\n  -h, --help\n")
	want := []command{
		{name: []string{"belt", "db", "status"}, short: "Roles and lag"},
		{name: []string{"belt", "db", "replicate"}, short: "Make and end replicas"},
	}
	if diff := cmp.Diff(want, c.under(p), cmp.AllowUnexported(command{})); diff != "" {
		t.Error(diff)
	}
	if sub := c.under(parse(help)); sub != nil {
		t.Errorf("commands where there are none: %v", sub)
	}
}
