package remote_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
)

// greeter says hello to whoever connects.
func greeter(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "hello")
			c.Close()
		}
	}()
	return l.Addr().String()
}

func TestDialThroughDecorators(t *testing.T) {
	var log bytes.Buffer
	var secrets remote.Secrets
	secrets.Add("hunter2")
	addr := greeter(t)
	open := remote.Limit(remotetest.NewFaults().Wrap(remote.Trace(remotetest.Local{Name: "db1"}, &log, &secrets)), 1)
	shut := remote.Guard(open)

	for _, r := range []remote.Runner{open, shut} {
		c, err := remote.Dial(t.Context(), r, remote.Tunnel{Address: addr, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if said, err := io.ReadAll(c); err != nil || string(said) != "hello" {
			t.Errorf("heard %q, %v", said, err)
		}
		c.Close()
	}
	var guard *remote.GuardError
	if _, err := remote.Dial(t.Context(), shut, remote.Tunnel{Address: addr}); !errors.As(err, &guard) {
		t.Errorf("the guard let a connection pass that may change something: %v", err)
	}
	remote.Record(shut, "find shop.orders, password hunter2")
	got := regexp.MustCompile(`(?m)^[-0-9]+T[:.0-9]+Z`).ReplaceAllString(log.String(), "TIME")
	got = regexp.MustCompile(`127.0.0.1:\d+`).ReplaceAllString(got, "ADDR")
	want := `TIME db1: connect to ADDR (reads only)
TIME db1: connect to ADDR (reads only)
TIME db1: find shop.orders, password ******
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDialNeedsADialer(t *testing.T) {
	fake := remotetest.NewFake(t, "db1")
	_, err := remote.Dial(t.Context(), remote.Guard(fake), remote.Tunnel{Address: "127.0.0.1:27017", ReadOnly: true})
	if err == nil || err.Error() != "db1: connect to 127.0.0.1:27017: this way to the server carries commands only" {
		t.Errorf("got %v", err)
	}
	remote.Record(fake, "nobody takes this down")
}
