package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// standInDir is where servers and the double of a stand-in for mongod meet, in a volume of the lab: no fault of the network
// stands between them.
const standInDir = "/srv/mongod"

func standInVolume(lab string) string { return "belt-" + lab + "-mongod" }

// NoMongod says that there is no mongod for servers of MongoDB, and how to get one.
const NoMongod = "BELT_LAB_MONGOD names no mongod, and Debian has none: unpack mongodb-org-server of MongoDB's repository " +
	"(https://www.mongodb.com/docs/manual/administration/install-community/) and give its path as BELT_LAB_MONGOD"

// StandIn is the value of BELT_LAB_MONGOD that has one built.
const StandIn = "stand-in"

// Mongod is the program for servers of MongoDB; empty where there is none.
func Mongod() string {
	if program := os.Getenv("BELT_LAB_MONGOD"); program != StandIn {
		return program
	}
	return built()
}

// built is the stand-in, built once by each program of the lab. It panics where that fails: no lab can do without.
var built = sync.OnceValue(func() string {
	program := filepath.Join(os.TempDir(), fmt.Sprintf("belt-lab-mongod-%d", os.Getuid()))
	build := exec.Command("go", "build", "-o", program, "github.com/dbbelt/belt/internal/engine/mongodb/mongotest/mongod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("building the stand-in for mongod: %v: %s", err, out))
	}
	return program
})

// MongoTools are MongoDB's database tools for the servers, which are looked for beside mongod; none where they are not all
// there. A stand-in for mongod is one for them, too.
func MongoTools() []string {
	var found []string
	for _, name := range []string{"mongodump", "mongorestore"} {
		path := filepath.Join(filepath.Dir(Mongod()), name)
		if _, err := os.Stat(path); err != nil {
			return nil
		}
		found = append(found, path)
	}
	return found
}

// IsStandIn tells whether a program is no real mongod but answers by a double.
func IsStandIn(ctx context.Context, program string) bool {
	out, err := exec.CommandContext(ctx, program, "--version").Output() // one that does not run here is a real one
	return err == nil && strings.Contains(string(out), "stand-in")
}

// programID tells one build of a program from another.
func programID(program string) string {
	file, err := os.Open(program)
	if err != nil {
		return program
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return program
	}
	return fmt.Sprintf("%s %x", program, sum.Sum(nil)[:8])
}

// standIn starts what answers for the lab's stand-ins of mongod, where mongod is one.
func (l *Lab) standIn(ctx context.Context) error {
	if !slices.ContainsFunc(l.servers, func(s *Server) bool { return s.Kind == MongoDB }) {
		return nil
	}
	program := Mongod()
	if program == "" {
		return fmt.Errorf("lab %s: %s", l.Name, NoMongod)
	}
	if _, err := docker(ctx, "volume", "create", "--label", labelLab+"="+l.Name, standInVolume(l.Name)); err != nil {
		return err
	}
	if !IsStandIn(ctx, program) {
		return nil
	}
	name, id := standInVolume(l.Name), programID(program)
	state, err := docker(ctx, "inspect", "-f", `{{.State.Status}} {{index .Config.Labels "`+labelRecipe+`"}}`, name)
	if err == nil && state == "running "+id {
		return nil
	}
	if err == nil {
		if _, err := docker(ctx, "rm", "-f", name); err != nil {
			return err
		}
	}
	if _, err := docker(ctx, "create", "--name", name, "--network", "none", "--label", labelLab+"="+l.Name, "--label", labelRecipe+"="+id,
		"-v", name+":"+standInDir, "--entrypoint", "/usr/bin/mongod", l.servers[0].image, "--serve", standInDir+"/socket"); err != nil {
		return err
	}
	if _, err := docker(ctx, "cp", "-q", program, name+":/usr/bin/mongod"); err != nil {
		return err
	}
	_, err = docker(ctx, "start", name)
	return err
}

// StandInComplaints are what a stand-in's double was asked and does not know: a test that went on has to fail for it.
// Nothing for a lab without one.
func (l *Lab) StandInComplaints(ctx context.Context) []string {
	out, err := docker(ctx, "logs", standInVolume(l.Name))
	if err != nil {
		return nil
	}
	return lines(out)
}
