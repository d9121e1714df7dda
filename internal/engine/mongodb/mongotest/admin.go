package mongotest

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func (r *request) buildInfo() (bson.D, error) {
	var numbers bson.A
	for _, part := range strings.Split(r.process.server.world.version+".0", ".") {
		n, _ := strconv.Atoi(part)
		numbers = append(numbers, int32(n))
	}
	return bson.D{
		{Key: "version", Value: r.process.server.world.version}, {Key: "gitVersion", Value: strings.Repeat("0", 40)},
		{Key: "modules", Value: bson.A{}}, {Key: "versionArray", Value: numbers},
		{Key: "bits", Value: int32(64)}, {Key: "debug", Value: false}, {Key: "maxBsonObjectSize", Value: int32(16777216)},
		{Key: "storageEngines", Value: bson.A{"biggie", "devnull", "ephemeralForTest", "wiredTiger"}},
	}, nil
}

func (r *request) hostInfo() (bson.D, error) {
	return bson.D{{Key: "system", Value: bson.D{
		{Key: "currentTime", Value: r.process.server.world.now()}, {Key: "hostname", Value: r.process.host()},
		{Key: "memSizeMB", Value: r.process.server.Memory >> 20}, {Key: "numCores", Value: int64(2)}, {Key: "cpuArch", Value: "x86_64"},
	}}}, nil
}

// host is the server's own name with the port.
func (p *process) host() string { return p.server.Name + ":" + p.option("net.port") }

// whole are the options that are numbers.
var whole = []string{"net.port", "replication.oplogSizeMB"}

func (r *request) getCmdLineOpts() (bson.D, error) {
	p := r.process
	parsed := bson.D{}
	if len(p.server.args) == 0 {
		parsed = append(parsed, bson.E{Key: "config", Value: Conf})
	}
	names := make([]string, 0, len(p.options))
	for name := range p.options {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var v any = p.options[name]
		switch text := p.options[name]; {
		case text == "true" || text == "false":
			v = text == "true"
		case slices.Contains(whole, name):
			n, _ := strconv.Atoi(text)
			v = int32(n)
		case strings.HasSuffix(name, "GB"):
			v, _ = strconv.ParseFloat(text, 64)
		}
		parsed = put(parsed, strings.Split(name, "."), v)
	}
	argv := bson.A{"/usr/bin/mongod", "--config", Conf}
	return bson.D{{Key: "argv", Value: argv}, {Key: "parsed", Value: parsed}}, nil
}

// put sets a value deep in a document.
func put(d bson.D, path []string, v any) bson.D {
	if len(path) == 1 {
		return append(d, bson.E{Key: path[0], Value: v})
	}
	for i := range d {
		if d[i].Key == path[0] {
			d[i].Value = put(d[i].Value.(bson.D), path[1:], v)
			return d
		}
	}
	return append(d, bson.E{Key: path[0], Value: put(bson.D{}, path[1:], v)})
}

func (r *request) getParameter() (bson.D, error) {
	var d bson.D
	for _, e := range r.cmd {
		switch e.Key {
		case "featureCompatibilityVersion":
			if !r.process.store.synced { // a member without data has none until its first copy
				return nil, refuse(258, "UnknownFeatureCompatibilityVersion", "featureCompatibilityVersion is not yet known.")
			}
			d = append(d, bson.E{Key: e.Key, Value: bson.D{{Key: "version", Value: r.process.store.fcv}}})
		case "initialSyncTransientErrorRetryPeriodSeconds":
			d = append(d, bson.E{Key: e.Key, Value: int32(86400)})
		}
	}
	return d, nil
}

// serverStatus says that a second passes each time it is asked, and how much was written in it
// by the clients that the world makes up; those that are real are counted.
func (r *request) serverStatus() (bson.D, error) {
	p := r.process
	s := p.server
	s.asked++
	return bson.D{
		{Key: "host", Value: p.host()}, {Key: "version", Value: s.world.version}, {Key: "process", Value: "mongod"},
		{Key: "pid", Value: int64(1000)}, {Key: "uptime", Value: float64(s.world.read() - p.started)}, {Key: "uptimeMillis", Value: int64(s.world.read()-p.started)*1000 + s.asked*1000},
		{Key: "localTime", Value: s.world.now()},
		{Key: "connections", Value: bson.D{{Key: "current", Value: int32(len(p.conns))}, {Key: "available", Value: int32(15997)}, {Key: "totalCreated", Value: p.lastConn}}},
		{Key: "opcounters", Value: bson.D{
			{Key: "insert", Value: s.asked*s.WritesPerSecond + p.wrote}, {Key: "query", Value: int64(0)}, {Key: "update", Value: int64(0)},
			{Key: "delete", Value: int64(0)}, {Key: "getmore", Value: int64(0)}, {Key: "command", Value: int64(0)},
		}},
		{Key: "network", Value: bson.D{{Key: "bytesIn", Value: s.asked * s.BytesPerSecond}, {Key: "bytesOut", Value: int64(0)}}},
		{Key: "storageEngine", Value: bson.D{{Key: "name", Value: s.engine()}, {Key: "persistent", Value: true}}},
	}, nil
}

func (s *Server) engine() string {
	if v, ok := s.run.options["storage.engine"]; ok {
		return v
	}
	return "wiredTiger"
}

// currentOp lists the client that asks, and those that the server pretends to have.
func (r *request) currentOp() (bson.D, error) {
	ops := bson.A{bson.D{
		{Key: "type", Value: "op"}, {Key: "host", Value: r.process.host()}, {Key: "desc", Value: "conn" + strconv.Itoa(int(r.id))},
		{Key: "connectionId", Value: r.id}, {Key: "client", Value: "127.0.0.1:47472"}, {Key: "active", Value: true},
		{Key: "op", Value: "command"}, {Key: "ns", Value: "admin.$cmd.aggregate"},
	}}
	for i, client := range r.process.server.Clients {
		ops = append(ops, bson.D{
			{Key: "type", Value: "op"}, {Key: "host", Value: r.process.host()}, {Key: "desc", Value: "conn" + strconv.Itoa(100+i)},
			{Key: "connectionId", Value: int32(100 + i)}, {Key: "client", Value: client}, {Key: "active", Value: false},
		})
	}
	return bson.D{{Key: "inprog", Value: ops}}, nil
}

// shutdown ends the process; its unit does not start it again.
func (r *request) shutdown() (bson.D, error) {
	s := r.process.server
	s.run = nil
	s.world.settle()
	return nil, nil
}
