package yamltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// shipped is mongod.conf as MongoDB's packages lay it out.
const shipped = `# mongod.conf

# Where and how to store data.
storage:
  dbPath: /var/lib/mongodb
  journal:
    enabled: true
#  engine:

# network interfaces
net:
  port: 27017
  bindIp: 127.0.0.1  # only this host

#security:

#operationProfiling:

#replication:
`

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		edit       func(*yamltext.Settings) error
		want       string
	}{
		{"replace, keeping the comment", shipped, set("net.bindIp", "127.0.0.1,10.0.0.21"),
			strings.Replace(shipped, "127.0.0.1  #", `"127.0.0.1,10.0.0.21"  #`, 1)},
		{"a section that is a comment", shipped, set("replication.replSetName", "rs0"),
			shipped + "replication:\n  replSetName: rs0\n"},
		{"a section that is a comment in the middle", shipped, set("security.transitionToAuth", "true"),
			strings.Replace(shipped, "#security:\n", "#security:\nsecurity:\n  transitionToAuth: true\n", 1)},
		{"a key more in a section", "net:\n    port: 27017\n\nstorage: {dbPath: /d}\n", set("net.bindIp", "*"),
			"net:\n    port: 27017\n    bindIp: \"*\"\n\nstorage: {dbPath: /d}\n"},
		{"a key more in one line", "storage: {dbPath: /d}\n", set("storage.directoryPerDB", "true"), "storage: {dbPath: /d, directoryPerDB: true}\n"},
		{"a deeper section", "net:\n  port: 1\n", set("net.tls.mode", "disabled"), "net:\n  port: 1\n  tls: {mode: disabled}\n"},
		{"an empty section", "security:\nnet:\n  port: 1\n", set("security.keyFile", "/etc/mongod.key"), "security:\n  keyFile: /etc/mongod.key\nnet:\n  port: 1\n"},
		{"an empty file", "", set("net.port", "27018"), "net:\n  port: 27018\n"},
		{"only comments, no line break", "# mine", set("net.port", "27018"), "# mine\nnet:\n  port: 27018\n"},
		{"windows lines", "net:\r\n  port: 1\r\n", set("replication.replSetName", "rs0"), "net:\r\n  port: 1\r\nreplication:\r\n  replSetName: rs0\r\n"},
		{"already so", shipped, set("net.port", "27017"), shipped},
		{"remove one of two", "net:\n  port: 1 # x\n  ipv6: true\n", remove("net.ipv6"), "net:\n  port: 1 # x\n"},
		{"remove the last of a section", shipped + "replication:\n  replSetName: rs0\n", remove("replication.replSetName"), shipped},
		{"remove through two levels", "net:\n  port: 1\n  tls:\n    mode: disabled\n", remove("net.tls.mode"), "net:\n  port: 1\n"},
		{"remove what is not there", shipped, remove("replication.replSetName"), shipped},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := yamltext.ReadSettings(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.edit(s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func set(name, value string) func(*yamltext.Settings) error {
	return func(s *yamltext.Settings) error { return s.Set(name, value) }
}

func remove(name string) func(*yamltext.Settings) error {
	return func(s *yamltext.Settings) error { return s.Remove(name) }
}

func TestSettingsThatAreNotTouched(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		edit func(*yamltext.Settings) error
		want string
	}{
		"alias":       {"a: &n {port: 1}\nnet: *n\n", set("net.port", "2"), "line 2"},
		"no mapping":  {"net: 5\n", set("net.port", "2"), "net is not a mapping"},
		"a list":      {"net:\n  - port\n", set("net.port", "2"), "net is not a mapping"},
		"many lines":  {"net:\n  bindIp: |\n    a\n    b\n", set("net.bindIp", "x"), "several lines"},
		"through <<":  {"a: &n\n  port: 1\nnet:\n  <<: *n\n  ipv6: true\n", remove("net.<<.port"), "not written out"},
		"used twice":  {"a:\n  port: &p 1\nnet:\n  port: *p\n", set("a.port", "2"), "net.port, too"},
		"of an alias": {"a: &n {port: 1}\nnet: *n\n", remove("net.port"), "not written out"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := yamltext.ReadSettings(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.edit(s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if s.String() != tt.text {
				t.Errorf("the text became %q", s)
			}
		})
	}
	for _, text := range []string{"- a\n", "a: b: c\n", "a: 1\n---\nb: 2\n", "dbpath=/var/lib/mongodb\n"} {
		if _, err := yamltext.ReadSettings(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
