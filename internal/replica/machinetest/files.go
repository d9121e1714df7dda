package machinetest

import (
	"maps"
	"slices"
	"strings"
)

// File is a file or a folder of a [Machine]. Data is what an engine keeps in it beside its text.
type File struct {
	Content string
	Owner   string
	Folder  bool
	Data    any
}

// Files are the paths of one machine that matter, by their full name. Folders above them are there by themselves.
type Files map[string]*File

// Has tells whether a path is there.
func (f Files) Has(path string) bool { _, ok := f[path]; return ok }

// Read returns a file's content, empty when there is none.
func (f Files) Read(path string) string {
	if x, ok := f[path]; ok {
		return x.Content
	}
	return ""
}

// Write makes a file, or replaces it.
func (f Files) Write(path, content, owner string) {
	f[path] = &File{Content: content, Owner: owner}
}

// Mkdir makes a folder, unless it is there.
func (f Files) Mkdir(path, owner string) {
	if !f.Has(path) {
		f[path] = &File{Folder: true, Owner: owner}
	}
}

// Under lists the paths below a folder, sorted.
func (f Files) Under(folder string) []string {
	var out []string
	for path := range f {
		if strings.HasPrefix(path, folder+"/") {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// Empty deletes what is below a folder.
func (f Files) Empty(folder string) {
	maps.DeleteFunc(f, func(path string, _ *File) bool { return strings.HasPrefix(path, folder+"/") })
}

// Remove is rm -rf.
func (f Files) Remove(path string) {
	f.Empty(path)
	delete(f, path)
}

// Move is mv -T to a path that is not there.
func (f Files) Move(from, to string) {
	for _, path := range append(f.Under(from), from) {
		if x, ok := f[path]; ok {
			delete(f, path)
			f[to+strings.TrimPrefix(path, from)] = x
		}
	}
}
