package replication

import "errors"

// Chainer is an [Engine] whose replicas can have replicas. In a request about these, the topology is that of
// [Topology.From]: Primary is whom they are copied from and follow, and Top is where data is changed.
type Chainer interface {
	Chains() bool
}

// errNoTop is why there is no server that takes the writes.
var errNoTop = errors.New("no server takes writes")

// From is the topology as the replicas of the server with that key have it. Where it is itself a replica, it stands in the
// place of the primary, and the server that takes the writes is Top; for the primary, or no key, the topology stays as it is.
func (t Topology) From(key string) Topology {
	if key == "" || t.Primary != nil && t.Primary.Node.Key() == key {
		return t
	}
	source, known := t.member(key)
	if !known {
		return t
	}
	t.Top = t.Primary
	if t.Top == nil {
		t.Top = &Facts{Err: errNoTop}
	}
	t.Primary = &source
	var own []Replica
	for _, r := range t.Replicas {
		if r.Source.Key() == key {
			own = append(own, r)
		}
	}
	t.Replicas = own
	return t
}

// Writer is the server where data is changed; nil when there is none, or when it cannot be told.
func (t Topology) Writer() *Facts {
	if t.Top != nil {
		return t.Top
	}
	return t.Primary
}

// Of are the replicas whose source the node is.
func (t Topology) Of(n Node) []Replica {
	var out []Replica
	for _, r := range t.Replicas {
		if r.Source.Same(n) {
			out = append(out, r)
		}
	}
	return out
}

// Chained tells whether the node replicates from a server that is itself a replica, or should.
func (t Topology) Chained(n Node) (source Node, chained bool) {
	for _, r := range t.Replicas {
		if r.Facts.Node.Same(n) && r.Source.Server != "" && (t.Primary == nil || !r.Source.Same(t.Primary.Node)) {
			return r.Source, true
		}
	}
	return Node{}, false
}

func (t Topology) member(key string) (Facts, bool) {
	for _, r := range t.Replicas {
		if r.Facts.Node.Key() == key {
			return r.Facts, true
		}
	}
	for _, f := range t.Standalone {
		if f.Node.Key() == key {
			return f, true
		}
	}
	return Facts{}, false
}
