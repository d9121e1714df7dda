package mongotest

import (
	"maps"
	"slices"
	"strings"
)

// file is a file or a folder; the one named storage holds what mongod keeps in its folder.
type file struct {
	content string
	owner   string
	mode    string // "0600"
	folder  bool
	store   *store
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

func (f files) write(path, content, owner, mode string) {
	f[path] = &file{content: content, owner: owner, mode: mode}
}

func (f files) mkdir(path, owner string) {
	if !f.has(path) {
		f[path] = &file{folder: true, owner: owner, mode: "0755"}
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

// remove is rm -rf.
func (f files) remove(path string) {
	maps.DeleteFunc(f, func(p string, _ *file) bool { return p == path || strings.HasPrefix(p, path+"/") })
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
