package envfile

import (
	"bytes"
	"fmt"
	"slices"
)

// File is the content of one file of variables.
type File struct {
	// Label is who the header comment over added variables names, usually the
	// app: "# written by belt: shop".
	Label string

	format Format
	syntax syntax
	src    []byte
}

// syntax edits one format. The results of set and unset are checked by File.
type syntax interface {
	variables(src []byte) ([]variable, error) // in file order, repeated names included
	set(src []byte, header, name, value string) []byte
	unset(src []byte, header, name string) []byte
}

func (f Format) syntax() syntax {
	switch f {
	case Dotenv:
		return lines{scan: scanDotenv, quote: quoteDotenv}
	case Export:
		return lines{scan: scanExport, quote: quoteExport, keyword: "export ", shell: true}
	case Systemd:
		return lines{scan: scanSystemd, quote: quoteSystemd}
	case JSON:
		return object{}
	}
	return nil
}

// Parse reads data as format. No data is an empty file. Lines that make no sense
// are kept and are no error; only JSON has to be an object, and the error says
// line and column.
func Parse(format Format, data []byte) (*File, error) {
	s := format.syntax()
	if s == nil {
		_, err := ParseFormat(string(format))
		return nil, err
	}
	if _, err := s.variables(data); err != nil {
		return nil, err
	}
	return &File{format: format, syntax: s, src: bytes.Clone(data)}, nil
}

// Format is the format that the file was parsed as.
func (f *File) Format() Format { return f.format }

// Bytes renders the file.
func (f *File) Bytes() []byte { return bytes.Clone(f.src) }

// Get returns the value of name as the format's reader sees it. What a shell
// would expand ($HOME) is returned as it stands.
func (f *File) Get(name string) (string, bool) {
	value, ok := f.Map()[name]
	return value, ok
}

// Map returns every variable with its value.
func (f *File) Map() map[string]string {
	return valuesOf(f.vars())
}

// Names lists the variables in the order of the file.
func (f *File) Names() []string {
	var names []string
	values := f.Map()
	for _, v := range f.vars() {
		if _, ok := values[v.name]; ok && !slices.Contains(names, v.name) {
			names = append(names, v.name)
		}
	}
	return names
}

// Set gives name the value: where it is defined, or else as a new variable at
// the end. When it has the value already, no byte changes. On an error nothing
// changes.
func (f *File) Set(name, value string) error {
	err := checkName(name)
	if err == nil {
		err = checkValue(value)
	}
	if err == nil {
		err = f.replace(f.syntax.set(f.src, headerText(f.Label), name, value), name, &value)
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return nil
}

// Unset takes every definition of name away, and the header comment when nothing
// is left under it. A name that is not there is no error.
func (f *File) Unset(name string) error {
	err := checkName(name)
	if err == nil {
		err = f.replace(f.syntax.unset(f.src, headerText(f.Label), name), name, nil)
	}
	if err != nil {
		return fmt.Errorf("unset %s: %w", name, err)
	}
	return nil
}

// replace takes src as the new content after reading it back: name has to have
// the value, and every other variable the one it had. A quote that is left open
// further up would swallow what stands below it.
func (f *File) replace(src []byte, name string, value *string) error {
	if bytes.Equal(src, f.src) {
		return nil
	}
	vars, err := f.syntax.variables(src)
	if err != nil {
		return err
	}
	want := f.Map()
	delete(want, name)
	if value != nil {
		want[name] = *value
	}
	if changes := Diff(want, valuesOf(vars)); len(changes) > 0 {
		if changes[0].Name == name {
			return fmt.Errorf("the file would not be read back with this value: is a quote left open further up?")
		}
		return fmt.Errorf("the edit would have changed %s as well: is a quote left open further up?", changes[0].Name)
	}
	f.src = src
	return nil
}

func (f *File) vars() []variable {
	vars, err := f.syntax.variables(f.src)
	if err != nil {
		panic("envfile: content that was accepted does not parse: " + err.Error())
	}
	return vars
}

// valuesOf returns what counts in the end: the last definition of each name.
func valuesOf(vars []variable) map[string]string {
	values := make(map[string]string)
	for _, v := range vars {
		if v.unset {
			delete(values, v.name)
		} else {
			values[v.name] = v.value
		}
	}
	return values
}
