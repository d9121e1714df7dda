package redis

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// followPatience is how long a started replica may make no progress before the start counts as failed.
const followPatience = 60 * time.Second

// attempts is how many copies may begin for each replica: one that breaks off is begun anew by the replica itself. The primary
// counts those of all replicas together.
const attempts = 4

// watch follows a replica from its start to the end of its copy.
type watch struct {
	making
	log     int64 // the length of the replica's log before
	theirs  int64 // of the primary's
	started int64 // copies that the primary had begun before
	began   time.Time
	stale   time.Duration // for so long the log may speak of attempts from before
}

func (m making) newWatch(ctx context.Context) *watch {
	w := &watch{making: m, log: logSize(ctx, m.target), theirs: logSize(ctx, m.primary), began: time.Now(), started: -1}
	if now, err := info(ctx, m.primary, "look at the primary"); err == nil {
		w.started, _ = strconv.ParseInt(now["sync_full"], 10, 64)
	}
	return w
}

// follow waits until the replica has its copy. A long one is no failure as long as it moves; one that stands still is, and
// so are complaints that no patience cures.
func (w *watch) follow(ctx context.Context, report plan.Progress) error {
	mark, since := "", time.Now()
	for {
		now, err := w.look(ctx, report)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil && w.linked(now) {
			if all, _ := strconv.ParseInt(now["total_net_repl_input_bytes"], 10, 64); all > 0 { // since 7.0; the copy is nearly all of it
				report(all, all, "")
			}
			return nil
		}
		state, done, total, note := w.stage(now, err)
		report(done, total, note)
		if state != mark {
			mark, since = state, time.Now()
		}
		if w.stale > 0 && time.Since(w.began) > w.stale {
			w.log, w.stale = logSize(ctx, w.target), 0
		}
		complaint := ""
		if w.stale == 0 {
			complaint = w.complaint(ctx)
		}
		if hopeless.MatchString(complaint) {
			return fmt.Errorf("%s: the copy from %s failed: %s", w.To(), w.From(), complaint)
		}
		if failed, why := w.gone(ctx, err); failed {
			return fmt.Errorf("%s: %s does not start%s", w.To(), w.tn.Unit, why)
		}
		if err := w.again(ctx, complaint); err != nil {
			return err
		}
		if time.Since(since) > followPatience {
			return fmt.Errorf("%s: the replica runs but does not follow %s: %s", w.To(), w.From(), replica.Choose(complaint == "", note, complaint))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(w.pace()):
		}
	}
}

// pace is the time to the next look: short at first, since a small copy takes no time at all.
func (w *watch) pace() time.Duration {
	return min(max(time.Since(w.began)/4, 50*time.Millisecond), 500*time.Millisecond)
}

// stage says how far the replica is: state changes with every step forward.
func (m making) stage(now map[string]string, err error) (state string, done, total int64, note string) {
	number := func(name string) int64 { v, _ := strconv.ParseInt(now[name], 10, 64); return v }
	switch {
	case err != nil:
		return "down", 0, 0, "waiting for " + product(m.tn.flavour) + " to answer"
	case now["loading"] == "1" || now["async_loading"] == "1":
		done, total = number("loading_loaded_bytes"), number("loading_total_bytes")
		if total < done { // a copy that is streamed has no length of its own
			total = max(done, m.pn.bytes())
		}
		return fmt.Sprint("loading", done), done, total, "loading the copy"
	case now["master_sync_in_progress"] == "1":
		done, total = number("master_sync_read_bytes"), number("master_sync_total_bytes")
		if total <= 0 {
			total = m.pn.bytes()
		}
		return fmt.Sprint("sync", done), min(done, total), total, replica.Choose(done == 0, "waiting for the primary to fork", "receiving the copy")
	}
	return "link " + now["master_link_status"] + now["role"], 0, 0, "connecting to " + m.From()
}

// hopeless are complaints of a replica that no patience cures.
var hopeless = regexp.MustCompile(`(?i)WRONGPASS|NOAUTH|NOPERM|invalid username-password|can't handle RDB format|No space left|certificate verify failed|out of memory|without an established TLS`)

// gone tells whether the program is not there any more, and what it said at last.
func (w *watch) gone(ctx context.Context, asked error) (bool, string) {
	if asked == nil {
		return false, ""
	}
	result, err := w.target.Node.Runner.Run(ctx, replica.Look("look at the service", `case $(systemctl is-active "$1") in
failed) journalctl --no-pager -q -n 4 -u "$1" -o cat 2>/dev/null; echo failed ;;
esac; exit 0`, w.tn.Unit))
	if err != nil || !strings.HasSuffix(strings.TrimSpace(result.Stdout), "failed") {
		return false, ""
	}
	return true, ": " + strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimSpace(result.Stdout), "failed")), " ")
}

// again fails once the copy was begun too often: then something ends it each time.
func (w *watch) again(ctx context.Context, complaint string) error {
	if w.started < 0 || time.Since(w.began) < 3*time.Second {
		return nil
	}
	now, err := info(ctx, w.primary, "look at the primary")
	if err != nil {
		return ctx.Err() // it may be restarting; the replica tries again by itself
	}
	begun, _ := strconv.ParseInt(now["sync_full"], 10, 64)
	if begun-w.started < int64(attempts*w.together) {
		return nil
	}
	why := lastLog(ctx, w.primary, w.theirs, overruns)
	if why == "" {
		why = lastLog(ctx, w.primary, w.theirs, complaints)
	}
	why = replica.Choose(why == "", complaint, why)
	return fmt.Errorf("%s: the copy was begun %d times and broke off each time: %s", w.To(), begun-w.started, why)
}
