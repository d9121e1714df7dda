package lab

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// part is a part of the recipe: what one image is made of, above the one that it builds on.
type part struct {
	name     string   // of the image
	kind     string   // told to its script
	folders  []string // of its files
	packages string
}

// bareServer is what all servers of the lab have in common.
var bareServer = part{name: "server", folders: []string{"server"}}

// recipe is the part that makes the server more than a bare one. Each engine has images of its own, so that a change to
// its recipe builds no other's anew.
func (s ServerSpec) recipe() part {
	engine := engines[s.engine()]
	if s.Kind == Web {
		return part{name: "web-" + string(s.engine()), kind: string(Web), folders: []string{"package", "web"}, packages: engine.client}
	}
	if s.Kind == Bare {
		return part{name: "bare-" + string(s.engine()), kind: string(s.engine()), folders: []string{"bare"}, packages: engine.packages}
	}
	packages := strings.TrimSpace(engine.packages + " " + s.Packages)
	return part{name: string(s.Kind), kind: string(s.Kind), folders: []string{"package", engine.family}, packages: packages}
}

// tag is the image's tag, which changes with everything that it is made of here.
func (p part) tag(suite string) (string, error) {
	sum := sha256.New()
	for _, part := range []part{bareServer, p} {
		if err := part.hash(sum); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("belt-lab/%s:%s-%x", p.name, suite, sum.Sum(nil)[:6]), nil
}

func (p part) hash(sum io.Writer) error {
	fmt.Fprintln(sum, p.kind, p.packages)
	for _, folder := range p.folders {
		err := fs.WalkDir(recipe, "recipe/"+folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := recipe.ReadFile(path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(data), data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
