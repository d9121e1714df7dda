package ops

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

func TestWait(t *testing.T) {
	s := given(t, shop)
	stopped := replica
	stopped.Running = false
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": stopped, "eu/db1": replica}
	s.now = func(key string, f replication.Facts, asked int) replication.Facts {
		if key == "shop/db2" && asked > 2 {
			return replica
		}
		return f
	}
	o := WaitOptions{Target: "shop/postgresql", Every: time.Millisecond}
	if doc, err := Wait(t.Context(), s.Session, o); err != nil || len(doc.Databases[0].Replicas) != 2 {
		t.Errorf("%v, %+v", err, doc)
	}
	s.now = nil
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := Wait(ctx, s.Session, o)
	var unhealthy *Unhealthy
	if !errors.As(err, &unhealthy) || !strings.Contains(err.Error(), "db2 is stopped") {
		t.Errorf("%v", err)
	}
	// What waiting cannot mend ends it at once.
	s.facts["shop/db1"] = replication.Facts{Err: &remote.HostKeyError{Server: "db1"}}
	_, err = Wait(t.Context(), s.Session, o)
	var key *remote.HostKeyError
	if !errors.As(err, &key) {
		t.Errorf("%v", err)
	}
}

func TestBehind(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	zero, some := int64(0), int64(5)
	for name, tt := range map[string]struct {
		r    ReplicaStatus
		most time.Duration
		ok   bool
	}{
		"at the end":        {ReplicaStatus{State: replication.Streaming, LagSeconds: number(0), LagBytes: &zero}, 0, true},
		"a little behind":   {ReplicaStatus{State: replication.Streaming, LagSeconds: number(0.3), LagBytes: &some}, 0, false},
		"near enough":       {ReplicaStatus{State: replication.CatchingUp, LagSeconds: number(3), LagBytes: &some}, 5 * time.Second, true},
		"stopped":           {ReplicaStatus{State: replication.Stopped}, time.Hour, false},
		"broken, lag known": {ReplicaStatus{State: replication.Broken, LagSeconds: number(0), LagBytes: &zero}, time.Hour, false},
		"unknown":           {ReplicaStatus{State: replication.Streaming}, time.Hour, false},
	} {
		d := DatabaseStatus{Primary: &PrimaryStatus{}, Replicas: []ReplicaStatus{tt.r}}
		if got := d.behind(tt.most); (got == "") != tt.ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestVerifyBreaksOff(t *testing.T) {
	s := given(t, shop)
	s.facts = map[string]replication.Facts{"shop/db1": primary, "shop/db2": replica, "eu/db1": replica}
	doc, err := Verify(t.Context(), s.Session, VerifyOptions{Target: "shop/postgresql", Replicas: []string{"db2"}})
	if err == nil || doc.Equal || len(doc.Replicas) != 1 || doc.Replicas[0].Equal || doc.Replicas[0].Error == "" {
		t.Errorf("%v, %+v", err, doc)
	}
	var unhealthy *Unhealthy
	if errors.As(err, &unhealthy) {
		t.Error("it is told as a difference")
	}
}
