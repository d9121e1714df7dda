package redis

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/replication"
)

// parseInspection reads the name=value lines of inspect.sh: all that can be told without asking the instance.
func (e *Engine) parseInspection(facts *replication.Facts, out string, answered time.Time) error {
	a, err := replica.ParseAnswer(out)
	if err != nil {
		return err
	}
	facts.Host = a.Host(facts.At, answered)
	n := &native{
		place: place{
			Unit: a.Get("service"), Program: a.Get("program"), Client: a.Get("client"), Config: a.Get("conf"), Arguments: a.Get("arguments"),
			Dir: a.Get("dir"), Owner: a.Get("owner"), Group: a.Get("group"), Port: int(a.Int("port")), Socket: a.Get("socket"),
			Host: a.Get("host"), TLS: a.Is("tls"), Authority: a.Get("tls_ca"), Cert: a.Get("tls_cert"), Key: a.Get("tls_key"),
		},
		notes: a.Notes(), Info: map[string]string{}, Settings: map[string]string{}, Conf: conf.Parse(a["line"]),
		Alive: a.Is("alive"), Sentinel: a.Is("sentinel"), FileUsers: a["aclfile_user"], Head: parseRDBHead(a.Get("rdb_head")),
		PasswordID: a.Get("password_id"), DropIn: a.Is("drop_in"), Buffers: a.Get("buffers"),
	}
	facts.Native = n
	facts.Installed = a.Is("installed")
	facts.Problem = a.Get("problem")
	if !facts.Installed && facts.Problem == "" {
		facts.Problem = product(e.flavour) + " is not installed"
	}
	n.release, facts.Version = programRelease(a.Get("version"))
	if n.flavour == "" {
		n.flavour = e.flavour
	}
	if d, ok := n.Conf.Last("replicaof"); ok && len(d.Args) == 2 && d.Args[0] != "no" {
		facts.Replica, facts.Follows = true, fmt.Sprintf("%s:%s", d.Args[0], d.Args[1])
	}
	for _, name := range asked { // what it will use when it starts; what it uses now is asked of it
		if d, ok := n.Conf.Last(name); ok {
			n.Settings[name] = d.Value()
		}
	}
	facts.Kept = n.notes.KeptData()
	if u := n.notes.Unfinished; u != nil {
		facts.Unfinished = u.Command
	}
	if a.Get("free") != "" {
		n.survey = &survey{
			Free: a.Int("free"), Used: a.Int("used"), Available: a.Int("available_kb") << 10, Overcommit: int(a.Int("overcommit")),
		}
		for _, port := range strings.Fields(a.Get("listening")) {
			if p, err := strconv.Atoi(port); err == nil {
				n.survey.Listening = append(n.survey.Listening, p)
			}
		}
	}
	return nil
}

// programVersion is what the server program says of itself: "Redis server v=7.0.15 sha=…".
var programVersion = regexp.MustCompile(`^(\w+) server v=([0-9.]+)`)

func programRelease(text string) (release, string) {
	m := programVersion.FindStringSubmatch(text)
	if m == nil {
		return release{}, ""
	}
	return releaseOf(strings.ToLower(m[1]), m[2]), m[2]
}

// take fills in what an instance that answers said of itself.
func take(facts *replication.Facts, n *native) {
	facts.Running, facts.Problem = true, ""
	if v := n.Info["valkey_version"]; v != "" {
		n.release, facts.Version = releaseOf(Valkey, v), v
	} else if v := n.Info["redis_version"]; v != "" {
		n.release, facts.Version = releaseOf(Redis, v), v
	}
	facts.Replica = n.Info["role"] == "slave"
	facts.Follows = ""
	if facts.Replica {
		facts.Follows = n.Info["master_host"] + ":" + n.Info["master_port"]
	}
	facts.Writable = !facts.Replica || n.Info["slave_read_only"] == "0"
	facts.Identity = n.Info["master_replid"]
	facts.Instance = n.Info["run_id"]
	facts.Position = fmt.Sprint(n.offset())
}
