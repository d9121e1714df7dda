package cli

import (
	"errors"
	"math"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"
)

// size is a flag of bytes, written as people do: 50MB, 1.5GiB.
type size struct{ bytes *int64 }

func newSize(into *int64) pflag.Value { return size{into} }

func (s size) Type() string { return "SIZE" }

func (s size) String() string {
	if s.bytes == nil || *s.bytes == 0 {
		return ""
	}
	return strings.ReplaceAll(humanize.Bytes(uint64(*s.bytes)), " ", "")
}

func (s size) Set(text string) error {
	text = strings.TrimSuffix(text, "/s")
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return errors.New("write it as 50MB or 20GiB")
	}
	*s.bytes = int64(n)
	return nil
}
