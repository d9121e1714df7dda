package envfile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	old := map[string]string{"B": "1", "C": "", "D_PASSWORD": "x", "E": "5"}
	new := map[string]string{"A": "", "B": "2", "D_PASSWORD": "y", "E": "5"}
	want := []Change{
		{Name: "A", Kind: Added},
		{Name: "B", Old: "1", New: "2", Kind: Changed},
		{Name: "C", Kind: Removed},
		{Name: "D_PASSWORD", Old: "x", New: "y", Kind: Changed},
	}
	got := Diff(old, new)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(Change{Name: "D_PASSWORD", Old: mask, New: mask, Kind: Changed}, got[3].Masked()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := Diff(old, old); got != nil {
		t.Errorf("equal maps: %v", got)
	}
}

func TestMask(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"POSTGRESQL_PASSWORD", "secret", "********"},
		{"password", "s", "********"},
		{"POSTGRESQL_PASSWORD", "", ""},
		{"POSTGRESQL_ADDRESS", "10.0.0.1", "10.0.0.1"},
		{"POSTGRESQL_URL", "postgresql://shop:secret@10.0.0.1:5432/shop", "postgresql://shop:********@10.0.0.1:5432/shop"},
		{"POSTGRESQL_URL_INT", "postgresql://10.0.0.1:5432", "postgresql://10.0.0.1:5432"},
		{"POSTGRESQL_URL", "postgresql://shop@10.0.0.1:5432/shop", "postgresql://shop@10.0.0.1:5432/shop"},
		{"X_URL", "postgresql://shop:p:/w@d@10.0.0.1/shop", "postgresql://shop:********@10.0.0.1/shop"},
		{"REDIS_URL_EXT", "redis://:secret@[2001:db8::1]:6379", "redis://:********@[2001:db8::1]:6379"},
		{"MONGODB_URL", "mongodb://h1:27017,h2:27017/?replicaSet=rs0", "mongodb://h1:27017,h2:27017/?replicaSet=rs0"},
		{"X", "postgresql:///shop?host=h&password=secret&sslmode=require", "postgresql:///shop?host=h&password=********&sslmode=require"},
		{"OTHER", "amqp://u:secret@h", "amqp://u:********@h"},
	}
	for _, tt := range tests {
		if got := Mask(tt.name, tt.value); got != tt.want {
			t.Errorf("%s=%s: got %s, want %s", tt.name, tt.value, got, tt.want)
		}
	}
}
