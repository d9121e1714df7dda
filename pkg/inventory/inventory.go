// Package inventory reads and edits belt.yaml, the file that names an operator's apps, servers and databases.
//
// Reading is strict. [Load] lists every problem of the file at once, each with its line, as a [*Problems];
// an inventory that loads can be relied on: every name that it mentions exists, every path is absolute,
// every server has an address.
//
// Editing is surgery on the text: [Edit] touches the characters that have to change and no others, so comments, order,
// quotes and blank lines survive. What comes out is read again and has to mean what was asked for, or the edit is refused.
//
// The file says what the operator wants. Who is primary is asked of the servers each time.
package inventory

// The engines that Belt knows.
const (
	PostgreSQL = "postgresql"
	MySQL      = "mysql"
	MariaDB    = "mariadb"
	Redis      = "redis"
	Valkey     = "valkey"
	MongoDB    = "mongodb"
)

// Engines lists every engine that Belt knows, in the order of the documentation.
func Engines() []string { return []string{PostgreSQL, MySQL, MariaDB, Redis, Valkey, MongoDB} }

// Inventory is the content of one belt.yaml.
type Inventory struct {
	Path      string // absolute
	Hash      string // of the text that was read; Edit refuses when the file has another one
	SSH       SSH    // the defaults; Server.SSH has them merged already
	Apps      []App  // in the order of the file
	Providers []Provider
	Hooks     Hooks // of every app; see HookOf
}

// App is what the operator deploys: app servers and database servers.
type App struct {
	Name      string
	Servers   []Server   // in the order of the file
	Databases []Database // in the order of the file
	Env       Env
	Backups   Backups
	Hooks     Hooks
	Pos       Pos
}

// Server is one machine that Belt logs in to.
type Server struct {
	App      string
	Name     string
	Address  string // host name or IP address, reachable from anywhere
	Internal string // the same in the app's own network; empty where there is none
	SSH      SSH    // the server's own settings over the file's defaults
	Provider string // that made it, and may take it away again; empty for a server of the operator's own
	Pos      Pos
}

// Database is one engine's group of servers in an app. "APP/DATABASE" is its target.
type Database struct {
	App     string
	Name    string
	Engine  string   // one of Engines
	Servers []string // the members, at least one; the first is the primary while none of them replicates
	Source  string   // the target of another app that this database is a replica of; empty for none

	Credentials Credentials // of the users' applications
	Admin       Credentials // of an account with all rights, where the local superuser cannot be used; Database is empty

	// What follows is found on the server where it is zero.
	Port      int
	ConfigDir string
	DataDir   string
	Service   string // systemd unit

	ReplicateOver string // "internal", "address", or empty for the rule of ReplicationAddress
	Pos           Pos
}

// Credentials are a login to a database.
type Credentials struct {
	Username     string
	Database     string
	PasswordFile string // absolute; Password reads it
	Pos          Pos    // of password_file
}

// Env says where an app's servers keep the variables that Belt writes. File is empty when the app has no env block.
type Env struct {
	Servers []string // empty for every server of the app; see App.EnvServers
	File    string   // absolute, on the server
	Format  string   // "dotenv", "export", "systemd" or "json"
	Apply   string   // shell command to run on a server after its file changed; empty for none
	Pos     Pos
}

// Backups says where an app's backups are kept. Server is empty when the app has no backups block.
type Backups struct {
	Server    string
	Directory string // absolute, on the server
	Keep      int    // the number of backups to keep; 0 for all
	KeepDays  int    // the age in days up to which they are kept; 0 for any
	Recipient string // "age1…": backups are encrypted to it; empty for none
	Identity  string // absolute, on this machine: the file with the key that opens them
	Pos       Pos
}

// Provider is a program that creates servers.
type Provider struct {
	Name    string
	Command string // absolute, or a bare name that is looked up in PATH
	Pos     Pos
}

// Server returns the app's server of that name, or a *NotFound.
func (a App) Server(name string) (Server, error) {
	for _, s := range a.Servers {
		if s.Name == name {
			return s, nil
		}
	}
	return Server{}, notFound("server", name, "app "+a.Name, a.ServerNames())
}

// Database returns the app's database of that name, or a *NotFound.
func (a App) Database(name string) (Database, error) {
	for _, d := range a.Databases {
		if d.Name == name {
			return d, nil
		}
	}
	return Database{}, notFound("database", name, "app "+a.Name, a.DatabaseNames())
}

// EnvServers are the servers that take the app's variables: those that env names, else all. None without an env block.
func (a App) EnvServers() []Server {
	if a.Env.File == "" {
		return nil
	}
	if len(a.Env.Servers) == 0 {
		return a.Servers
	}
	return a.pick(a.Env.Servers)
}

// Members are the servers of the database, in the order of the file.
func (a App) Members(d Database) []Server { return a.pick(d.Servers) }

func (a App) pick(names []string) []Server {
	var picked []Server
	for _, name := range names {
		if s, err := a.Server(name); err == nil {
			picked = append(picked, s)
		}
	}
	return picked
}

// Target names the database as users do: "shop/postgresql".
func (d Database) Target() string { return d.App + "/" + d.Name }

// Provider returns the provider of that name, or a *NotFound.
func (inv *Inventory) Provider(name string) (Provider, error) {
	var names []string
	for _, p := range inv.Providers {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Provider{}, notFound("provider", name, "", names)
}
