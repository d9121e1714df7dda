package sshrun

import (
	"os/user"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseHop(t *testing.T) {
	for in, want := range map[string]Target{
		"bastion":                   {Host: "bastion"},
		"bastion:2222":              {Host: "bastion", Port: "2222"},
		"me@bastion":                {Host: "bastion", User: "me"},
		"me@corp@bastion:22":        {Host: "bastion", User: "me@corp", Port: "22"},
		"2001:db8::1":               {Host: "2001:db8::1"},
		"[2001:db8::1]":             {Host: "2001:db8::1"},
		"me@[2001:db8::1]:2222":     {Host: "2001:db8::1", User: "me", Port: "2222"},
		"ssh://me@bastion:2222":     {Host: "bastion", User: "me", Port: "2222"},
		"ssh://[2001:db8::1]:2222/": {Host: "2001:db8::1", Port: "2222"},
	} {
		if diff := cmp.Diff(want, parseHop(in), cmpopts.IgnoreUnexported(Target{})); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestSplitJump(t *testing.T) {
	for in, want := range map[string][]string{"": nil, "none": nil, "NONE": nil, "a": {"a"}, "a, b:22 ,c": {"a", "b:22", "c"}} {
		if diff := cmp.Diff(want, splitJump(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Setenv("BELT_TEST_DIR", "/env")
	x := expander{
		settings: settings{host: "10.0.0.1", port: "2222", user: "deploy"}, original: "db",
		local: &user.User{Username: "me", Uid: "1000"}, home: "/home/me",
	}
	for in, want := range map[string]string{
		"~/.ssh/id":               "/home/me/.ssh/id",
		"~":                       "/home/me",
		"/a~b":                    "/a~b",
		"%d/.ssh/%u-%r@%h-%p-%n":  "/home/me/.ssh/me-deploy@10.0.0.1-2222-db",
		"/run/%i/100%%":           "/run/1000/100%",
		"%k":                      "db",
		"${BELT_TEST_DIR}/%h.key": "/env/10.0.0.1.key",
	} {
		if got := x.path(in); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}
