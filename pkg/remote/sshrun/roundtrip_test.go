package sshrun_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/remote/remotetest"
	"github.com/dbbelt/belt/pkg/remote/sshrun"
)

// slowLink forwards to a server; each byte arrives half a round trip after it was sent.
func slowLink(t *testing.T, to string, roundTrip time.Duration) (host, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			var end sync.Once
			closeBoth := func() { end.Do(func() { near.Close(); far.Close() }) }
			go delay(near, far, roundTrip/2, closeBoth)
			go delay(far, near, roundTrip/2, closeBoth)
		}
	}()
	host, port, _ = net.SplitHostPort(l.Addr().String())
	return host, port
}

func delay(from, to net.Conn, by time.Duration, end func()) {
	type packet struct {
		due  time.Time
		data []byte
	}
	packets := make(chan packet, 1<<16)
	go func() {
		defer end()
		for p := range packets {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				return
			}
		}
	}()
	defer close(packets)
	for {
		buf := make([]byte, 64<<10)
		n, err := from.Read(buf)
		if n > 0 {
			packets <- packet{time.Now().Add(by), buf[:n]}
		}
		if err != nil {
			return
		}
	}
}

// Round trips are what small work costs. TCP's own one is not counted here: the slow link begins behind it.
func TestRoundTrips(t *testing.T) {
	const roundTrip = 100 * time.Millisecond
	s := remotetest.NewServer(t, remotetest.ServerOptions{})
	to := target(t, s)
	to.HostKey = s.HostKey()
	to.Host, to.Port = slowLink(t, s.Addr(), roundTrip)
	best := func(what string, most float64, run func() remote.Runner) {
		t.Helper()
		least := 1e9 // of five: the rest is work, on a machine that may be busy
		for range 5 {
			r := run()
			begin := time.Now()
			if _, err := r.Run(t.Context(), remote.Command{Script: ":"}); err != nil {
				t.Fatal(err)
			}
			least = min(least, float64(time.Since(begin))/float64(roundTrip))
		}
		t.Logf("%s: %.2f round trips", what, least)
		if least > most+0.9 {
			t.Errorf("%s took %.2f round trips, want at most %.0f", what, least, most)
		}
	}
	var open remote.Runner
	best("dial and run", 10, func() remote.Runner { open = pool(t, sshrun.Options{}).Runner(to); return open })
	best("run", 2, func() remote.Runner { return open })
}
