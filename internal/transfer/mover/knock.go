package mover

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/dbbelt/belt/internal/transfer/task"
)

const (
	knockRetry = 200 * time.Millisecond
	knockBytes = 128 << 20 // at most, to measure the rate
)

// knock listens where a stream's end would, calls the other server's end at the same time, and tells what came of it.
// Its input is a [task.Knock], its output a [task.Answer], both as JSON.
func knock(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	var k task.Knock
	if err := json.NewDecoder(stdin).Decode(&k); err != nil {
		return fmt.Errorf("read what to do: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, k.Time)
	defer cancel()
	var answer task.Answer
	var group sync.WaitGroup
	called := make(chan struct{})
	group.Go(func() {
		if err := waitForKnock(ctx, k, called); err != nil {
			answer.NoPort = err.Error()
		}
	})
	port, rate, err := callAll(ctx, k)
	if err != nil {
		answer.Error = err.Error()
	}
	answer.Port, answer.Rate = port, rate
	group.Wait() // for the other's call
	return json.NewEncoder(stdout).Encode(answer)
}

// waitForKnock answers the other server's call.
func waitForKnock(ctx context.Context, k task.Knock, called chan struct{}) error {
	l, err := listen(task.Task{Listen: k.Listen, Ports: k.Ports})
	if err != nil {
		return err
	}
	defer l.Close()
	var group sync.WaitGroup
	defer group.Wait()
	var once sync.Once
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	group.Go(func() {
		select {
		case <-called:
		case <-ctx.Done():
		}
		l.Close()
	})
	for {
		conn, err := l.Accept()
		if err != nil {
			return nil // closed: it is over
		}
		group.Go(func() {
			defer conn.Close()
			if answerKnock(conn, k) == nil {
				once.Do(func() { close(called) })
			}
		})
	}
}

// answerKnock shows that it is the right one, and says how much came in which time.
func answerKnock(conn net.Conn, k task.Knock) error {
	if err := conn.SetDeadline(time.Now().Add(k.Time)); err != nil {
		return err
	}
	token := make([]byte, len(k.Token))
	if _, err := io.ReadFull(conn, token); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(token, []byte(k.Token)) != 1 {
		return errors.New("a stranger")
	}
	if _, err := conn.Write(token); err != nil {
		return err
	}
	begun := time.Now()
	n, err := io.Copy(io.Discard, conn)
	if err != nil {
		return err
	}
	var out [16]byte
	binary.BigEndian.PutUint64(out[:], uint64(n))
	binary.BigEndian.PutUint64(out[8:], uint64(time.Since(begun)))
	_, err = conn.Write(out[:])
	return err
}

// callAll tries the other server's ports until one answers or the time is over.
func callAll(ctx context.Context, k task.Knock) (port int, rate int64, err error) {
	if k.Call == "" {
		return 0, 0, errors.New("no address to call")
	}
	for {
		var errs []error
		for port := k.Ports.First; port < k.Ports.First+k.Ports.Count; port++ {
			rate, err := call(ctx, k, port)
			if err == nil {
				return port, rate, nil
			}
			errs = append(errs, err)
			if !errors.Is(err, syscall.ECONNREFUSED) {
				break // whatever keeps this one away keeps the others away
			}
		}
		err := telling(errs)
		select {
		case <-ctx.Done():
			return 0, 0, err
		case <-time.After(knockRetry):
		}
	}
}

func call(ctx context.Context, k task.Knock, port int) (rate int64, err error) {
	dialer := net.Dialer{Timeout: k.Time / 2}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(k.Call, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(k.Time)); err != nil {
		return 0, err
	}
	if _, err := conn.Write([]byte(k.Token)); err != nil {
		return 0, err
	}
	token := make([]byte, len(k.Token))
	if _, err := io.ReadFull(conn, token); err != nil {
		return 0, fmt.Errorf("port %d is another program's: %w", port, noEnd(err))
	}
	if subtle.ConstantTimeCompare(token, []byte(k.Token)) != 1 {
		return 0, fmt.Errorf("port %d is another program's", port)
	}
	return measure(conn, k.Measure)
}

// measure sends for a while, and returns the bytes per second that arrived.
func measure(conn net.Conn, span time.Duration) (int64, error) {
	buf := make([]byte, 256<<10)
	until := time.Now().Add(span)
	for sent := 0; sent < knockBytes && time.Now().Before(until); sent += len(buf) {
		if _, err := conn.Write(buf); err != nil {
			return 0, err
		}
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return 0, err
	}
	var in [16]byte
	if _, err := io.ReadFull(conn, in[:]); err != nil {
		return 0, noEnd(err)
	}
	n, took := binary.BigEndian.Uint64(in[:]), time.Duration(binary.BigEndian.Uint64(in[8:]))
	if took <= 0 {
		return 0, nil
	}
	return int64(float64(n) / took.Seconds()), nil
}
