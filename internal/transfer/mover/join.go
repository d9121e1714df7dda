package mover

import (
	"context"
	"errors"
	"io"
	"net"
)

// join carries one connection between the end that waits at the socket and Belt, which has its input and output.
func join(ctx context.Context, socket string, stdin io.Reader, stdout io.Writer) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in := make(chan error, 1)
	go func() {
		_, err := io.Copy(conn, stdin)
		if err == nil { // Belt went away, or the other end did
			err = conn.(*net.UnixConn).CloseWrite()
		}
		in <- err
	}()
	_, err = io.Copy(stdout, conn)
	select {
	case other := <-in:
		err = errors.Join(err, other)
	default: // its input stays open as long as Belt likes
	}
	return err
}
