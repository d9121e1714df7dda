package pack_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/dbbelt/belt/internal/transfer/pack"
)

func data() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, 3<<20)
	for i := range out {
		out[i] = byte(r.IntN(4)) // so that there is something to compress
	}
	return out
}

func TestBackAndForth(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, recipient := range map[string]string{"plain": "", "encrypted": key.Recipient().String()} {
		t.Run(name, func(t *testing.T) {
			want := data()
			var kept, got bytes.Buffer
			n, err := pack.Pack(&kept, bytes.NewReader(want), recipient)
			if err != nil || n != int64(len(want)) || kept.Len() > len(want)/2 {
				t.Fatalf("%d bytes became %d: %v", n, kept.Len(), err)
			}
			whole := bytes.Clone(kept.Bytes())
			if n, err := pack.Unpack(&got, &kept, "# a comment\n"+key.String()+"\n"); err != nil || n != int64(len(want)) || !bytes.Equal(got.Bytes(), want) {
				t.Fatalf("%d bytes came back: %v", n, err)
			}
			for _, cut := range []int{0, 10, len(whole) / 2, len(whole) - 1} {
				if _, err := pack.Unpack(&bytes.Buffer{}, bytes.NewReader(whole[:cut]), key.String()); err == nil {
					t.Errorf("cut at %d of %d: taken for whole", cut, len(whole))
				}
			}
			broken := bytes.Clone(whole)
			broken[len(broken)/2] ^= 1
			if _, err := pack.Unpack(&bytes.Buffer{}, bytes.NewReader(broken), key.String()); err == nil {
				t.Error("one bit is wrong: taken for whole")
			}
		})
	}
}

func TestWrongKeys(t *testing.T) {
	key, _ := age.GenerateX25519Identity()
	other, _ := age.GenerateX25519Identity()
	var kept bytes.Buffer
	if _, err := pack.Pack(&kept, strings.NewReader("secret"), key.Recipient().String()); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(kept.Bytes(), []byte("secret")) {
		t.Error("it is not encrypted")
	}
	for name, identity := range map[string]string{"none": "", "another": other.String(), "nonsense": "AGE-SECRET"} {
		if _, err := pack.Unpack(&bytes.Buffer{}, bytes.NewReader(kept.Bytes()), identity); err == nil {
			t.Errorf("%s identity opens it", name)
		}
	}
	if _, err := pack.Pack(&kept, strings.NewReader("x"), "age1nonsense"); err == nil {
		t.Error("a recipient that is none is taken")
	}
}
