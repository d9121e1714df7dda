package mytest

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/dbbelt/belt/internal/certificate"
	"github.com/dbbelt/belt/internal/replica/machinetest"
)

// scripts are the engine's own. Whatever else has the client and its socket as arguments is SQL.
func (s *Server) scripts() []machinetest.Script {
	client := func(writes bool, do func(machinetest.Call) (string, error)) func(machinetest.Call) (string, error) {
		return func(c machinetest.Call) (string, error) {
			if c.ReadOnly == writes {
				return "", machinetest.Fails("read-only is %v", c.ReadOnly)
			}
			return do(c)
		}
	}
	return []machinetest.Script{
		{Title: machinetest.Title("inspect .*"), Args: 6, Do: s.inspect},
		{Title: machinetest.Title("knock at the primary's port"), Args: 4, Do: s.knock},
		{Title: machinetest.Title("log in to .*"), Args: 2, Do: s.login},
		{Title: machinetest.Title("read the copy's position"), Args: 1, Do: func(c machinetest.Call) (string, error) { return s.Files.Read(c.Args[0]), nil }},
		{Title: machinetest.Title("read the certificate"), Args: 2, Do: s.certificate},
		{Title: machinetest.Title("look for a denial in the kernel's log"), Args: 0, Do: func(machinetest.Call) (string, error) { return "", nil }},
		{Title: machinetest.Title("restart without binary logs"), Args: 2, Writes: true, Do: s.renewWithoutLogs},
		{Title: reading, Args: 2, Do: client(false, s.client)},
		{Title: changing, Args: 2, Writes: true, Do: client(true, s.client)},
	}
}

// reading and changing are the titles of SQL.
var (
	reading = machinetest.Title("see whether (MariaDB|MySQL) answers|read .*|look for (account|sessions|accounts|events|the account.*|the clone|the options|belt_).*|" +
		"see whether it takes writes|look at the replica's threads|count transactions without a GTID")
	changing = regexp.MustCompile("^(set the options|set gtid_mode|enforce consistency with GTIDs|no longer enforce.*|make account .*|drop account .*|end .*|" +
		"follow .*|stop the threads|try to write on the replica|(un)?load the clone plug-in|enable the events|put the options back|make it (read-only|the primary)|let it take writes again|start the event scheduler|note its own position|log something)$")
)

// certificate is a file with one; MySQL makes its own in the data folder.
func (s *Server) certificate(c machinetest.Call) (string, error) {
	if c.Args[0] == dataDir+"/server-cert.pem" {
		return ownCertificate(), nil
	}
	return s.Files.Read(c.Args[0]), nil
}

func (s *Server) renewWithoutLogs(c machinetest.Call) (string, error) {
	s.Stop()
	delete(s.Files, c.Args[1]+".000001")
	if d := s.data(); d != nil {
		d.log, d.purged, d.came = nil, 0, 0
	}
	if err := s.Start(); err != nil {
		return "", machinetest.Fails("%v", err)
	}
	return "", nil
}

// knock is what the client of a stranger prints.
func (s *Server) knock(c machinetest.Call) (string, error) {
	p := s.world.at(c.Args[1])
	from := s.Internal
	if p != nil && p.External == c.Args[1] {
		from = s.External
	}
	switch {
	case p == nil || p.Machine.Down != nil || p.closed:
		return fmt.Sprintf("source=%s\nERROR 2002 (HY000): Can't connect to server on '%s' (110)\n", from, c.Args[1]), nil
	case p.running == nil || onlyLocal(p.running.settings["bind_address"].text):
		return fmt.Sprintf("source=%s\nERROR 2002 (HY000): Can't connect to server on '%s' (111)\n", from, c.Args[1]), nil
	}
	return fmt.Sprintf("source=%s\nERROR 1045 (28000): Access denied for user 'belt_probe'@'%s' (using password: NO)\n", from, from), nil
}

// login is a client with a replica's file of options.
func (s *Server) login(c machinetest.Call) (string, error) {
	options := map[string]string{}
	for line := range strings.Lines(s.Files.Read(c.Args[1])) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), "=")
		options[name] = text
	}
	if len(options) == 0 {
		return "", machinetest.Fails("Could not open required defaults file: %s", c.Args[1])
	}
	if ca := options["ssl-ca"]; ca != "" && !s.Files.Has(ca) {
		return "", machinetest.Fails("ERROR 2026 (HY000): TLS/SSL error: No such file or directory")
	}
	p := s.world.at(options["host"])
	if why := s.refused(p, options["user"], options["password"]); why != nil {
		return "", machinetest.Fails("ERROR %d: %s", why.errno, why.text)
	}
	return p.who() + "\n", nil
}

// ownCertificate is one for all servers: it is never looked at beyond its form.
var ownCertificate = sync.OnceValue(func() string {
	cert, _, err := certificate.ForServer("mysql", nil, time.Unix(1767225600, 0))
	if err != nil {
		panic(err) // there is no randomness
	}
	return string(cert)
})
