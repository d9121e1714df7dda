package mongodb

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/yamltext"
)

// editConf makes a mongod.conf say what it has to say, with its comments kept. One that says so already is not touched.
func editConf(ctx context.Context, i replica.Instance, v values) error {
	if len(v) == 0 {
		return nil
	}
	file := nativeOf(i.Facts).ConfFile
	text, err := remote.ReadFile(ctx, i.Runner(), "root", file)
	if err != nil {
		return err
	}
	settings, err := yamltext.ReadSettings(string(text))
	if err != nil {
		return fmt.Errorf("%s: %s: %w", i.Label(), file, err)
	}
	for _, name := range v.names() {
		if v[name] == nil {
			err = settings.Remove(name)
		} else {
			err = settings.Set(name, *v[name])
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", i.Label(), file, err)
		}
	}
	if settings.String() == string(text) {
		return nil
	}
	return remote.WriteFile(ctx, i.Runner(), "root", file, []byte(settings.String()), remote.Attr{Keep: true})
}

// says tells whether a mongod.conf has the values already.
func says(ctx context.Context, i replica.Instance, v values) (bool, error) {
	text, err := remote.ReadFile(ctx, i.Runner(), "root", nativeOf(i.Facts).ConfFile)
	if err != nil {
		return false, err
	}
	settings, err := yamltext.ReadSettings(string(text))
	if err != nil {
		return false, err
	}
	return len(v.from(settings.All())) == 0, nil
}

// newKey makes the key of a new set: base64, well below the 1024 characters that mongod takes.
func newKey() []byte {
	random := make([]byte, 96)
	rand.Read(random) // never fails
	return []byte(base64.StdEncoding.EncodeToString(random) + "\n")
}

// makeKey sees to a keyfile on the primary. One that is there stays: members may have it.
func makeKey(ctx context.Context, i replica.Instance, file string) error {
	_, err := remote.ReadFile(ctx, i.Runner(), "root", file)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return putKey(ctx, i, file, newKey())
}

// putKey writes a keyfile as mongod wants it: readable by its own user, and by nobody else.
func putKey(ctx context.Context, i replica.Instance, file string, key []byte) error {
	return remote.WriteFile(ctx, i.Runner(), "root", file, key, remote.Attr{Mode: 0o400, Owner: i.Owner})
}

// copyKey gives the replica the primary's key.
func (m making) copyKey(ctx context.Context) error {
	if m.conv.keyFile == "" {
		return nil
	}
	key, err := remote.ReadFile(ctx, m.Primary.Runner(), "root", m.conv.keyFile)
	if err != nil {
		return err
	}
	return putKey(ctx, m.Target, keyFile(m.tn), key)
}

// sameKey tells whether the replica has the primary's key.
func (m making) sameKey(ctx context.Context) (bool, error) {
	if m.conv.keyFile == "" {
		return true, nil
	}
	key, err := remote.ReadFile(ctx, m.Primary.Runner(), "root", m.conv.keyFile)
	if err != nil {
		return false, err
	}
	own, err := remote.ReadFile(ctx, m.Target.Runner(), "root", keyFile(m.tn))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Equal(key, own), err
}

// dropKey removes the keyfile that Belt made, and no other.
func dropKey(ctx context.Context, i replica.Instance) error {
	return replica.DropState(ctx, i.Runner(), keyFile(nativeOf(i.Facts)))
}
