package remote_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// What a private command prints is in no trace, whether it is collected or streamed; what others print is.
func TestTracePrivate(t *testing.T) {
	for _, stdout := range []io.Writer{nil, io.Discard} {
		for _, private := range []bool{true, false} {
			var trace bytes.Buffer
			r := remote.Trace(remotetest.Local{Name: "web1"}, &trace, nil)
			_, err := r.Run(t.Context(), remote.Command{Script: `echo "he""llo"; echo why >&2`, Stdout: stdout, Private: private})
			if err != nil {
				t.Fatal(err)
			}
			if shown := strings.Contains(trace.String(), "hello"); shown == private {
				t.Errorf("private %v:\n%s", private, trace.String())
			}
			if !strings.Contains(trace.String(), "why") || !strings.Contains(trace.String(), "web1") {
				t.Errorf("the rest is missing:\n%s", trace.String())
			}
		}
	}
}
