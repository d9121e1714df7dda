//go:build lab

package scenarios

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dbbelt/belt/internal/lab/labtest"
)

// An app server that is down does not stop the databases; env push repairs it.

func TestAppServerDown(t *testing.T) {
	w := newWorld(t, 20, "shop/db1", "shop/db2", "shop/web1", "shop/web2")
	web2 := w.Server("shop", "web2")
	w.amend("apply: systemctl reload shop", "apply: date >> /root/applied")
	writer := w.writer()
	do(t, web2.Kill)
	r := w.belt.Do(t, 7, "db", "replicate", "enable", shop, "--replica", "db2")
	for _, s := range r.AppServers {
		if s.OK != (s.Server == "web1") || s.OK != (s.Error == "") {
			t.Errorf("%+v", s)
		}
	}
	if len(r.AppServers) != 2 || !r.Changed || !strings.Contains(r.Hint, "belt env push shop") {
		t.Errorf("%s", r.Ended)
	}
	w.follows(shop, "db2")
	want := map[string]string{"SLAVE_ADDRESSES": w.db2.Internal.String()}
	w.variables(w.web1, want)
	w.belt.Do(t, 7, "env", "push", "shop")

	do(t, web2.Start)
	do(t, web2.WaitReady)
	w.belt.Run(t, "env", "diff", "shop").Want(t, 6)
	w.belt.Do(t, 0, "env", "push", "shop")
	w.variables(web2, want)
	w.belt.Run(t, "env", "diff", "shop").Want(t, 0)
	for _, web := range []string{"web1", "web2"} {
		if n := labtest.Exec(t, w.Server("shop", web), "wc -l < /root/applied"); n != "1" {
			t.Errorf("%s: apply ran %s times", web, n)
		}
	}
	if r := w.belt.Do(t, 0, "env", "push", "shop"); r.Changed {
		t.Errorf("pushed twice: %s", r.Ended)
	}
	w.proven(writer, w.db2)

	// A value may hold any character.
	strange := `pa$WORD1 'quoted' "twice" #no = 007 \ ünï ` + "`x`"
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(strange+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.amend("password_file: "+w.PasswordFile(), "password_file: "+secret)
	w.belt.Do(t, 0, "env", "push", "shop")
	w.belt.Run(t, "env", "diff", "shop").Want(t, 0)
	file := labtest.Exec(t, w.web1, "cat /etc/shop/database.env")
	arrived := strings.Contains(file, "WORD1") && strings.Contains(file, "ünï")
	if w.Variables().Login == nil { // it is in the URL alone
		_, rest, _ := strings.Cut(labtest.Env(t, w.web1)[w.Variables().Prefix+"_URL"], "://")
		login, _, _ := strings.Cut(rest, "@")
		_, password, _ := strings.Cut(login, ":")
		password, err := url.PathUnescape(password)
		arrived = err == nil && password == strange
	}
	if !arrived {
		t.Errorf("the password did not arrive: %s", file)
	}
	if ended := w.belt.Run(t, "env", "show", "shop"); strings.Contains(ended.Stdout, "WORD1") {
		t.Errorf("env show tells the password: %s", ended)
	}
}

// Any login shell will do, and any login that may become root.
func TestLogins(t *testing.T) {
	w := newWorld(t, 5, "shop/db1", "shop/db2", "shop/web1")
	for _, user := range []string{"deploy", "root", "fishy", "cshy", "noisy"} {
		t.Run(user, func(t *testing.T) {
			text := strings.Replace(w.readsInventory(), "user: deploy", "user: "+user, 1)
			path := filepath.Join(t.TempDir(), "belt.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			belt := w.belt.With(path)
			ended := belt.Run(t, "check", shop, "--replica", "db2", "-o", "json").Want(t, 0)
			if !strings.Contains(ended.Stdout, `"ready": true`) {
				t.Errorf("%s", ended)
			}
			belt.Plan(t, 0, "db", "replicate", "enable", shop, "--replica", "db2")
		})
	}
	// The strangest of them makes a replica, too.
	w.amend("user: deploy", "user: fishy")
	writer := w.writer()
	w.enable("--replica", "db2")
	w.follows(shop, "db2")
	w.proven(writer, w.db2)
}
