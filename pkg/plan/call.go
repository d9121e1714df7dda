package plan

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// grace is how long a step may take to return once nobody wants to wait for it any more.
const grace = 3 * time.Second

// call runs f so that neither a panic nor a refusal to return takes Apply down. When patience ends, f gets a short
// grace and is then left to itself.
func call(patience context.Context, f func() error) error {
	returned := make(chan error, 1)
	go func() {
		err := errors.New("a defect in belt: the step ended its goroutine")
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{Value: v, Stack: debug.Stack()}
			}
			returned <- err
		}()
		err = f()
	}()

	select {
	case err := <-returned:
		return err
	case <-patience.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-returned:
		return err
	case <-timer.C:
		return errAbandoned
	}
}
