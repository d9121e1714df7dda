package inventory

// machine is where logging in leads to. One address with several SSH ports is several machines behind a router.
type machine struct {
	host string
	port int
}

func (s Server) machine() machine { return machine{sameHost(s.Address), s.sshPort()} }

// checkAddresses refuses two names for one machine: a replica could turn out to be its own primary.
func (r *reader) checkAddresses(a App) {
	machines, hosts, internals := map[machine]string{}, map[string]string{}, map[string]string{}
	for _, s := range a.Servers {
		if s.Address == "" {
			continue
		}
		if first, taken := machines[s.machine()]; taken {
			r.problemAt(s.Pos, "server %s has the same address as %s: %s", s.Name, first, s.Address)
			continue
		}
		machines[s.machine()], hosts[sameHost(s.Address)] = s.Name, s.Name
	}
	for _, s := range a.Servers {
		if s.Internal == "" {
			continue
		}
		key := sameHost(s.Internal)
		if first, taken := internals[key]; taken {
			r.problemAt(s.Pos, "server %s has the same internal address as %s: %s", s.Name, first, s.Internal)
		} else if other, taken := hosts[key]; taken && other != s.Name {
			r.problemAt(s.Pos, "server %s has an internal address that is the address of %s: %s", s.Name, other, s.Internal)
		}
		internals[key] = s.Name
	}
}

// sshPort is the port that logging in goes to unless ~/.ssh/config knows another.
func (s Server) sshPort() int {
	if s.SSH.Port != 0 {
		return s.SSH.Port
	}
	return 22
}

// checkDatabases refuses databases of an app that would get into each other's way.
func (r *reader) checkDatabases(a App) {
	type instance struct {
		server string
		port   int
	}
	variables, instances := map[string]string{}, map[instance]string{}
	for _, d := range a.Databases {
		if d.Engine == "" {
			continue
		}
		prefix := d.VariablePrefix()
		if first, taken := variables[prefix]; taken {
			r.problemAt(d.Pos, "databases %s and %s would write the same variables, %s_…: rename one", first, d.Name, prefix)
		} else {
			variables[prefix] = d.Name
		}
		for _, server := range d.Servers {
			key := instance{server, d.portOrDefault()}
			if first, taken := instances[key]; taken {
				r.problemAt(d.Pos, "databases %s and %s are both port %d of %s: give one its `port:`", first, d.Name, key.port, server)
			} else {
				instances[key] = d.Name
			}
		}
		if d.ReplicateOver == "internal" {
			for _, s := range a.Members(d) {
				if s.Internal == "" {
					r.problemAt(d.Pos, "database %s: replicate_over is internal, but server %s has no internal address", d.Name, s.Name)
				}
			}
		}
	}
}

// portOrDefault is the configured port, else the engine's usual one.
func (d Database) portOrDefault() int {
	if d.Port != 0 {
		return d.Port
	}
	switch d.Engine {
	case PostgreSQL:
		return 5432
	case MySQL, MariaDB:
		return 3306
	case Redis, Valkey:
		return 6379
	default:
		return 27017
	}
}

// checkEnvFiles refuses two apps that would overwrite each other's variables in one file.
func (r *reader) checkEnvFiles(inv *Inventory) {
	type variables struct {
		machine machine
		file    string
		prefix  string
	}
	owners := map[variables]string{}
	for _, a := range inv.Apps {
		for _, s := range a.EnvServers() {
			for _, d := range a.Databases {
				key := variables{s.machine(), a.Env.File, d.VariablePrefix()}
				if first, taken := owners[key]; taken && first != a.Name {
					r.problemAt(a.Env.Pos, "apps %s and %s would write the same variables, %s_…, into %s of server %s (%s)",
						first, a.Name, key.prefix, a.Env.File, s.Name, s.Address)
					continue
				}
				owners[key] = a.Name
			}
		}
	}
}

// checkProviders refuses a server of a provider that the file does not have.
func (r *reader) checkProviders(inv *Inventory) {
	var names []string
	for _, p := range inv.Providers {
		names = append(names, p.Name)
	}
	for _, it := range r.providers {
		if _, err := inv.Provider(it.name); err != nil {
			r.problem(it.at, "there is no provider %q%s", it.name, didYouMean(it.name, names))
		}
	}
}
