// Package pack makes of a stream what is kept of it: compressed with zstd and, where a recipient is named, encrypted to it
// with age. What comes out are the two tools' own formats: `age -d | zstd -d` opens it without Belt.
package pack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Pack compresses in to out, and encrypts it to the recipient, "age1…", unless that is empty. It returns the bytes of in.
func Pack(out io.Writer, in io.Reader, recipient string) (int64, error) {
	closer := []io.Closer{}
	if recipient != "" {
		to, err := age.ParseX25519Recipient(recipient)
		if err != nil {
			return 0, fmt.Errorf("the recipient %s: %w", recipient, err)
		}
		sealed, err := age.Encrypt(out, to)
		if err != nil {
			return 0, err
		}
		out = sealed
		closer = append(closer, sealed)
	}
	// The level that costs about as much time as the disk and the network do, and a checksum in each frame.
	small, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return 0, err
	}
	n, err := io.CopyBuffer(small, struct{ io.Reader }{in}, make([]byte, 1<<20))
	for _, c := range append([]io.Closer{small}, closer...) {
		if closeErr := c.Close(); err == nil {
			err = closeErr
		}
	}
	return n, err
}

// magic is how what age encrypted begins.
const magic = "age-encryption.org/"

// Unpack is the way back. identities are the lines of a file of age's keys; they are needed only where in is encrypted. A
// stream that was cut is an error.
func Unpack(out io.Writer, in io.Reader, identities string) (int64, error) {
	buffered := bufio.NewReaderSize(in, 1<<20)
	begin, err := buffered.Peek(len(magic))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	in = buffered
	if string(begin) == magic {
		if strings.TrimSpace(identities) == "" {
			return 0, fmt.Errorf("it is encrypted, and there is no identity to open it with")
		}
		keys, err := age.ParseIdentities(strings.NewReader(identities))
		if err != nil {
			return 0, fmt.Errorf("the identity: %w", err)
		}
		if in, err = age.Decrypt(buffered, keys...); err != nil {
			return 0, fmt.Errorf("the identity does not open it: %w", err)
		}
	}
	big, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(2))
	if err != nil {
		return 0, err
	}
	defer big.Close()
	n, err := big.WriteTo(out)
	if err == nil && n == 0 {
		err = fmt.Errorf("it is empty")
	}
	return n, err
}
