package mover

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/transfer/task"
)

// hasty is for ends that are on one machine.
var hasty = patience{
	ping: 50 * time.Millisecond, quiet: time.Second, first: 5 * time.Second, contact: 5 * time.Second,
	retry: 10 * time.Millisecond, parting: 10 * time.Second,
}

// world is two ends with a network between them.
type world struct {
	testing.TB
	dir           string
	send, receive mover
	sendLog       bytes.Buffer
	receiveLog    bytes.Buffer
}

// newWorld has ends that push by way of a network that can be broken; the scripts get the world's folder as $1.
func newWorld(t testing.TB, send, receive string) *world {
	t.Helper()
	w := &world{TB: t, dir: t.TempDir()}
	from, to := newIdentity(t), newIdentity(t)
	w.send = w.mover("send", send, from, to, true)
	w.receive = w.mover("receive", receive, to, from, false)
	w.send.log, w.receive.log = &w.sendLog, &w.receiveLog
	ports := freePorts(t, 3)
	w.receive.task.Listen, w.receive.task.Ports = "127.0.0.1", ports
	w.send.task.Dial, w.send.task.Ports = "127.0.0.1", ports
	return w
}

func newIdentity(t testing.TB) certificate.Identity {
	t.Helper()
	id, err := certificate.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) mover(name, script string, own, peer certificate.Identity, sends bool) mover {
	w.Helper()
	k, err := parseKeys(own.Own, peer.Public)
	if err != nil {
		w.Fatal(err)
	}
	return mover{
		task:   task.Task{Version: task.Version, Sends: sends, Peer: "the other", Connections: 3, Compress: "never"},
		keys:   k,
		p:      hasty,
		script: w.write(name+".sh", []byte(script)),
		args:   []string{w.dir},
	}
}

func (w *world) write(name string, content []byte) string {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

func (w *world) read(name string) []byte {
	w.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	return content
}

func (w *world) exists(name string) bool {
	_, err := os.Stat(filepath.Join(w.dir, name))
	return err == nil
}

// run runs both ends to their end.
func (w *world) run(ctx context.Context) (send, receive error) {
	var group sync.WaitGroup
	group.Go(func() { send = w.send.run(ctx) })
	group.Go(func() { receive = w.receive.run(ctx) })
	group.Wait()
	return send, receive
}

// arrives runs both ends and wants them to succeed and the file out to be the file in.
func (w *world) arrives() {
	w.Helper()
	send, receive := w.run(w.Context())
	if send != nil || receive != nil {
		w.Fatalf("sender: %v\n%s\nreceiver: %v\n%s", send, w.sendLog.String(), receive, w.receiveLog.String())
	}
	if in, out := w.read("in"), w.read("out"); !bytes.Equal(in, out) {
		w.Fatalf("%d bytes arrived of %d, or they differ", len(out), len(in))
	}
	if !w.exists("complete") {
		w.Fatal("the tool did not see the end")
	}
}

const (
	sends    = `cat "$1/in"`
	receives = `cat >"$1/out" && : >"$1/complete"`
)

// data is n bytes of which some compress.
func data(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]byte, n)
	for i := range out {
		if i/1000%2 == 0 {
			out[i] = byte(r.Uint32())
		}
	}
	return out
}

// freePorts are some that nobody listens on.
func freePorts(t testing.TB, n int) task.Ports {
	t.Helper()
	for range 50 {
		first := 20000 + rand.IntN(10000)
		free := true
		for port := first; port < first+n; port++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			return task.Ports{First: first, Count: n}
		}
	}
	t.Fatal("no free ports")
	return task.Ports{}
}

// says fails unless the error has all of the words.
func (w *world) says(what string, err error, words ...string) {
	w.Helper()
	if err == nil {
		w.Fatalf("%s: succeeded", what)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.Errorf("%s: %q does not say %q", what, err, word)
		}
	}
}
