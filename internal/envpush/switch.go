package envpush

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
)

// limit is the size at which a server's history loses its older half, in bytes.
const limit = 1 << 20

// replace puts the staged file in its place, when all others are about to do the same, and has the app read it.
func (p *Pusher) replace(ctx context.Context, w *work, e Entry, g *gate, early func()) {
	arrive := sync.OnceFunc(func() {
		early() // all it still does is wait
		g.arrive()
	})
	defer arrive()
	line, err := json.Marshal(e)
	if err != nil {
		w.result.Err = named(w.Server, err)
		return
	}
	in, word := io.Pipe()
	defer in.Close()
	go func() {
		word.Write(append(line, '\n'))
		select {
		case <-g.open:
			io.WriteString(word, "go\n")
		case <-ctx.Done():
		}
		word.Close()
	}()
	said := newAnswer(map[string]func(){"ready": arrive, "switched": func() { w.result.Switched = time.Now() }})
	_, err = w.Runner.Run(ctx, remote.Command{
		Title: "switch " + w.File, Script: commonSh + applySh + switchSh,
		Args: []string{w.File, w.state.identity, w.staged, p.dir(), w.key(), strconv.Itoa(limit), w.Apply},
		As:   "root", Stdin: in, Stdout: said,
	})
	if !decided(err) {
		err = p.lookAgain(ctx, w, err)
	}
	if w.result.Changed = !w.result.Switched.IsZero(); w.result.Changed {
		w.result.before, w.result.after = w.state.content, w.next
	}
	if hash, ok := said.line("hash"); ok && err == nil && hash != hashOf(w.next) {
		err = fmt.Errorf("%s: %s does not read back as it was written", w.Runner.Server(), w.File)
	}
	if reason, ok := said.line("unwritten"); ok {
		w.result.Note = fmt.Sprintf("%s: the history of the variables was not written: %s", w.Runner.Server(), reason)
	}
	if err == nil {
		err = w.applied(said)
	}
	w.result.Err = err
}

// hashOf is what switch.sh says of a file with the content.
func hashOf(content *[]byte) string {
	if content == nil {
		return absent
	}
	sum := sha256.Sum256(*content)
	return hex.EncodeToString(sum[:])
}

// finish does what an earlier push left undone on a server whose file is as it should be.
func (p *Pusher) finish(ctx context.Context, w *work, early func()) {
	early()
	said := newAnswer(nil)
	_, err := w.Runner.Run(ctx, remote.Command{
		Title: "finish what an earlier push left undone", Script: commonSh + applySh + owedSh,
		Args: []string{w.File, p.dir(), w.key(), w.Apply}, As: "root", Stdout: said,
	})
	if err == nil {
		err = w.applied(said)
	}
	w.result.Changed, w.result.Err = err == nil, err
}

// applied says how the app's command ended, where it was run.
func (w *work) applied(said *answer) error {
	text, ok := said.line("applied")
	if !ok || text == "0" {
		return nil
	}
	code, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("%s: %s: unexpected exit code %q", w.Runner.Server(), w.Apply, text)
	}
	return &ApplyError{Server: w.Runner.Server(), Apply: w.Apply, Code: code, Output: w.secrets().Mask(said.behind("applied"))}
}

// decided tells whether the server itself said how the command ended.
func decided(err error) bool {
	_, exit := errors.AsType[*remote.ExitError](err)
	return err == nil || exit
}

// lookAgain finds out what became of a server to which the connection broke, or which the end of the push left in the
// middle. It returns why the server is not as it should be; nil when it is.
func (p *Pusher) lookAgain(ctx context.Context, w *work, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	st, err := p.read(ctx, w.Server)
	switch {
	case err != nil:
		return fmt.Errorf("%w; whether it has its variables is not known", why)
	case !same(st.content, w.next):
		return why
	}
	if w.result.Switched.IsZero() {
		w.result.Switched = time.Now()
	}
	if st.owed {
		return fmt.Errorf("%w; the file is written, and the next push runs `%s`", why, w.Apply)
	}
	return nil
}
