package mover

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkMove moves a gigabyte over loopback, from one tool to another, and tells the processor time that both ends
// took together with their tools: the elapsed time of a shared machine says little.
func BenchmarkMove(b *testing.B) {
	for _, mode := range []string{"never", "auto"} {
		b.Run(mode, func(b *testing.B) {
			for range b.N {
				w := newWorld(b, `exec head -c 1G /dev/zero`, `exec cat >/dev/null`)
				w.send.task.Compress = mode
				before := processor(b)
				begun := time.Now()
				if send, receive := w.run(b.Context()); send != nil || receive != nil {
					b.Fatal(send, receive)
				}
				b.ReportMetric((processor(b) - before).Seconds(), "cpu-s/GiB")
				b.ReportMetric(1024/time.Since(begun).Seconds(), "MiB/s")
				b.Log(w.sendLog.String())
			}
		})
	}
}

func processor(b *testing.B) time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
