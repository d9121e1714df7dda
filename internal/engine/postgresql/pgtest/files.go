package pgtest

import (
	"maps"
	"slices"
	"strings"
)

// file is a file, a folder, or (as global/pg_control) what a data folder is of.
type file struct {
	content string
	owner   string
	folder  bool
	cluster *cluster
}

// files are the paths of one server that matter here, by their full name. Folders above them are there by themselves.
type files map[string]*file

func (f files) has(path string) bool { _, ok := f[path]; return ok }

// read returns a file's content, empty when there is none.
func (f files) read(path string) string {
	if x, ok := f[path]; ok {
		return x.content
	}
	return ""
}

func (f files) write(path, content, owner string) {
	f[path] = &file{content: content, owner: owner}
}

func (f files) mkdir(path, owner string) {
	if !f.has(path) {
		f[path] = &file{folder: true, owner: owner}
	}
}

// under lists the paths below a folder, sorted.
func (f files) under(folder string) []string {
	var out []string
	for path := range f {
		if strings.HasPrefix(path, folder+"/") {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// empty deletes what is below a folder.
func (f files) empty(folder string) {
	maps.DeleteFunc(f, func(path string, _ *file) bool { return strings.HasPrefix(path, folder+"/") })
}

// remove is rm -rf.
func (f files) remove(path string) {
	f.empty(path)
	delete(f, path)
}

// move is mv -T to a path that is not there.
func (f files) move(from, to string) {
	for _, path := range append(f.under(from), from) {
		if x, ok := f[path]; ok {
			delete(f, path)
			f[to+strings.TrimPrefix(path, from)] = x
		}
	}
}

// copyTree is cp -a, with a copy of the cluster.
func (f files) copyTree(from, to string) {
	for _, path := range f.under(from) {
		x := *f[path]
		if x.cluster != nil {
			x.cluster = x.cluster.clone()
		}
		f[to+strings.TrimPrefix(path, from)] = &x
	}
}
