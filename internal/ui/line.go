package ui

import (
	"fmt"
	"time"
)

// atLeast is how much of a title is shown before what stands right of it is made shorter.
const atLeast = 24

// remark is what follows a title, painted after it was made short.
type remark struct {
	text  string
	paint func(string) string
}

// atMost is how far right a line goes: what belongs together stays together on a wide terminal.
const atMost = 110

// line lays out one line of the live display: mark, server, title, remark, and at the right the richest of the endings
// that leaves room for the title. It never reaches the terminal's last column, where some would break it.
func (l *live) line(mark, server, title string, r remark, endings []string) string {
	ellipsis := l.style.ellipsis()
	room := min(l.columns()-1, atMost) - width(mark) - 1
	head := mark + " "
	if server != "" {
		name := cut(pad(server, l.servers), max(room/2, 1), ellipsis)
		head += l.style.bold(name) + "  "
		room -= width(name) + 2
	}

	ending := ""
	for _, ending = range endings {
		if room-width(ending)-2 >= min(width(title), atLeast) {
			break
		}
	}
	if taken := width(ending) + 2; ending != "" && taken < room {
		room -= taken
	} else {
		ending = ""
	}

	shown := cut(title, room, ellipsis)
	if rest := room - width(shown) - 2; r.text != "" && rest > 4 {
		shown += ": " + r.paint(cut(r.text, rest, ellipsis))
	}
	if ending == "" {
		return head + shown
	}
	return head + pad(shown, room) + "  " + ending
}

// progress are the ways to say how far the task is, the richest first.
func (l *live) progress(t *task, now time.Time) []string {
	elapsed := now.Sub(t.begun)
	if t.done == 0 && t.total == 0 {
		if elapsed < time.Second {
			return []string{""}
		}
		return []string{l.style.dim(rough(elapsed))}
	}
	rate := ""
	if r := t.meter.bytesPerSecond(now); r >= 1 {
		rate = "  " + Bytes(int64(r)) + "/s"
	}
	if t.total == 0 {
		return []string{Bytes(t.done) + rate, Bytes(t.done)}
	}
	fraction := float64(t.done) / float64(t.total)
	percent := fmt.Sprintf("%3.0f%%", 100*min(fraction, 1))
	left := ""
	if d, ok := t.meter.left(now, t.done, t.total); ok {
		left = "  " + rough(d) + " left"
	}
	bytes := "  " + Bytes(t.done) + "/" + Bytes(t.total)
	return []string{
		l.style.bar(16, fraction) + " " + percent + bytes + rate + left,
		l.style.bar(8, fraction) + " " + percent + bytes + rate + left,
		percent + bytes + rate + left,
		percent + rate + left,
		percent + left,
		percent,
	}
}
