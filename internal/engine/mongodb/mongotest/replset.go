package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// standalone is the answer of a mongod that was started for no set.
func (r *request) standalone(text string) error {
	if r.process.set == "" {
		return refuse(76, "NoReplicationEnabled", "%s", text)
	}
	return nil
}

func (r *request) initiate() (bson.D, error) {
	p := r.process
	if err := r.standalone("This node was not started with the replSet option"); err != nil {
		return nil, err
	}
	if p.store.config != nil {
		return nil, refuse(23, "AlreadyInitialized", "already initialized")
	}
	if why := p.server.broken["initiate"]; why != "" {
		return nil, refuse(93, "InvalidReplicaSetConfig", "%s", why)
	}
	c, err := readConfig(r.arg)
	if err != nil {
		return nil, err
	}
	c.Version, c.Term = 1, 0
	if c.ID != p.set {
		return nil, refuse(93, "InvalidReplicaSetConfig", "Rejecting initiate with a set name that differs from command line set name, initiate set name: %s, command line set name: %s", c.ID, p.set)
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	p.store.config = c
	if p.me() == nil {
		p.store.config = nil
		return nil, refuse(93, "InvalidReplicaSetConfig", "No host described in new configuration with {version: 1, term: 0} for replica set %s maps to this node", c.ID)
	}
	c.Setting.ReplicaSetID = p.server.world.objectID()
	if len(p.store.databases) == 0 {
		p.store.found(p.server.world)
	}
	p.store.synced = true
	p.state = secondary
	if err := p.log(entry{at: p.server.world.next(-1), op: "n", o: raw("msg", "initiating set")}); err != nil {
		return nil, err
	}
	return nil, nil
}

func readConfig(v any) (*config, error) {
	var c config
	if err := bson.Unmarshal(marshal(v), &c); err != nil {
		return nil, refuse(93, "InvalidReplicaSetConfig", "%v", err)
	}
	return &c, nil
}

func (r *request) reconfig() (bson.D, error) {
	p := r.process
	if err := r.standalone("not running with --replSet"); err != nil {
		return nil, err
	}
	if p.store.config == nil {
		return nil, refuse(94, "NotYetInitialized", "no replset config has been received")
	}
	if why := p.server.broken["reconfig"]; why != "" {
		return nil, refuse(103, "NewReplicaSetConfigurationIncompatible", "%s", why)
	}
	force := value(r.cmd, "force") == true
	if p.state != primary && !force {
		return nil, refuse(10107, "NotWritablePrimary", "New config is rejected :: caused by :: replSetReconfig should only be run on a writable PRIMARY. Current state %s;", stateNames[p.state])
	}
	c, err := readConfig(r.arg)
	if err != nil {
		return nil, err
	}
	old := p.store.config
	c.Setting.ReplicaSetID = old.Setting.ReplicaSetID
	if force {
		c.Version, c.Term = max(c.Version, old.Version)+10000, -1
	} else {
		c.Term = p.store.term
		if c.Version <= old.Version {
			return nil, refuse(103, "NewReplicaSetConfigurationIncompatible", "New replica set configuration version and term must be greater than old, but {version: %d, term: %d} is not greater than {version: %d, term: %d} for replica set %s", c.Version, c.Term, old.Version, old.Term, c.ID)
		}
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	if n := old.votesChanged(c); n > 1 && !force {
		return nil, refuse(103, "NewReplicaSetConfigurationIncompatible", "Non force replica set reconfig can only add or remove at most 1 voting member.")
	}
	p.store.config = c
	if p.me() == nil {
		p.store.config = old
		return nil, refuse(74, "NodeNotFound", "No host described in new configuration with {version: %d, term: %d} for replica set %s maps to this node", c.Version, c.Term, c.ID)
	}
	if force {
		return nil, nil
	}
	// The recorded primary writes an entry of its own about the new configuration.
	return nil, p.log(entry{at: p.server.world.next(p.store.term), op: "n", o: raw("msg", "Reconfig set", "version", c.Version)})
}

// votesChanged is how many members gain or lose a vote.
func (c *config) votesChanged(to *config) (n int) {
	had := map[int32]int32{}
	for _, m := range c.Members {
		had[m.ID] = m.votes()
	}
	for _, m := range to.Members {
		if had[m.ID] != m.votes() {
			n++
		}
		delete(had, m.ID)
	}
	for _, votes := range had {
		n += int(votes)
	}
	return n
}

func (r *request) getConfig() (bson.D, error) {
	p := r.process
	if err := r.standalone("not running with --replSet"); err != nil {
		return nil, err
	}
	if p.store.config == nil {
		return nil, refuse(94, "NotYetInitialized", "no replset config has been received")
	}
	return bson.D{{Key: "config", Value: p.store.config.doc(p.server.world.major())}}, nil
}

func (r *request) stepDown() (bson.D, error) {
	p := r.process
	if p.state != primary {
		return nil, refuse(10107, "NotWritablePrimary", "not primary so can't step down")
	}
	heir := false
	for _, m := range p.store.config.Members {
		if q := p.peer(m.Host); q != nil && q != p && m.priority() > 0 && q.state == secondary && q.store.applied == p.store.applied {
			heir = true
		}
	}
	if !heir && value(r.cmd, "force") != true {
		return nil, refuse(262, "ExceededTimeLimit", "No electable secondaries caught up as of %s. Please use the replSetStepDown command with the argument {force: true} to force node to step down.", "now")
	}
	p.state, p.primary, p.stepped = secondary, "", true
	return nil, nil
}

func (r *request) resizeOplog() (bson.D, error) {
	size, ok := value(r.cmd, "size").(float64)
	switch {
	case !ok:
		return nil, refuse(14, "TypeMismatch", "BSON field 'replSetResizeOplog.size' is the wrong type '%T', expected type 'double'", value(r.cmd, "size"))
	case size < 990:
		return nil, refuse(72, "InvalidOptions", "Invalid size %v", size)
	}
	r.process.store.oplogMB = size
	return nil, nil
}
