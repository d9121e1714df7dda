// Package lab boots real servers to test and show Belt on: Debian with
// systemd, sshd, sudo and the distribution's own database, in Docker
// containers that each have an address on two networks of their own.
//
//	l, err := lab.Up(ctx, lab.Standard(lab.PostgreSQL, "demo", "bookworm", ".lab/demo"), os.Stderr)
//	db1 := l.Server("shop", "db1")
//	out, err := db1.Exec(ctx, `hostname; echo "$1"`, "an argument")  // as root
//	out, err = db1.PSQL(ctx, "SELECT 1")                             // as postgres; RedisCLI, SQL
//	err = l.WriteInventory("belt.yaml")
//	err = l.Reset(ctx, db1)                                          // new again, in seconds
//	err = l.Down(ctx)
//
// # Servers
//
// A [Spec] lists them; [Standard] is the one of the demo and of most
// scenarios, for an engine: app shop with web1, web2, db1, db2, and app shop-eu with web1,
// db1. Every server is on the external network (10.88.N.0/24, the inventory's
// address) and on the internal one (10.87.N.0/24), N being free at the time,
// so that several labs run side by side. Neither has a route to anywhere else.
//
// Logins, all with the lab's key: root; deploy, the usual one, with sudo and no
// password; fishy and cshy, the same with fish and csh as login shell; noisy,
// whose .bashrc and .profile print; nosudo, who has no sudo; asked, whom sudo
// asks for a password. The host keys, the machine id and what identifies a
// database are each server's own.
//
// Databases are laid out as Debian does. The first server of an app and engine
// has the app's user and database, both "shop" with the password [Password]
// (in Redis and Valkey: the password alone), and is the only member of the
// app's database of that engine in the inventory. PostgreSQL's collation is
// en_US.UTF-8. Web servers have the engine's client.
//
// # State
//
// All state is in Docker, as labels: [Up] with the same Spec keeps what fits,
// replaces what does not, and [Open] finds a running lab again. [Lab.Down] and
// [DownAll] remove what carries the lab's label and nothing else. Images are
// tagged with a hash of their recipe; a changed recipe is built anew.
//
// # Faults and proof
//
// [Server] has a method for each fault: kill, pause, cut, slow, block, fill.
// A [Writer] writes to a primary through a scenario and counts what was
// refused and what got lost; [Server.Checksum] is a checksum of everything a
// server's databases hold, with which both sides are compared at the end.
// [Server.WaitReplayed] and [Server.Fill] are what most scenarios need besides.
//
// What differs between the engines is in their kits: postgresql.go, redis.go,
// mysql.go, and scripts by family; a new engine has one, a line in [Engines],
// and a kit in package labtest, which wraps all this for tests.
package lab
