package envfile

import "bytes"

// lines edits the formats that consist of lines.
type lines struct {
	scan    func([]byte) []item
	quote   func(value string) string
	keyword string // before the name in a line that Belt adds
	shell   bool   // sourced: a line may do anything, a name must be exported, a CR is text
}

func (l lines) variables(src []byte) ([]variable, error) {
	var vars []variable
	for _, it := range l.scan(src) {
		vars = append(vars, it.vars...)
	}
	return vars, nil
}

func (l lines) set(src []byte, header, name, value string) []byte {
	items := l.scan(src)
	it, v := last(items, name)
	text := l.quote(value)
	statement := l.keyword + name + "=" + text
	if v == nil || !l.settled(items, it) {
		return l.add(src, items, header, statement)
	}
	bare := l.shell && (v.unset || !v.exported) // "A=x" or "unset A"
	switch {
	case bare && len(it.vars) > 1:
		return l.add(src, items, header, statement)
	case bare:
		return splice(src, skipShellBlanks(src, it.start), v.vend, statement)
	case v.value == value && (v.exact || string(src[v.vstart:v.vend]) == text):
		return src
	}
	return splice(src, v.vstart, v.vend, apart(src, v.vend, text))
}

// apart keeps a dotenv value apart from a comment that follows it on its line: a
// reader would take "A=x#" and "A= #" as part of the value.
func apart(src []byte, i int, text string) string {
	next := skipBlanks(src, i)
	if next >= len(src) || src[next] != '#' {
		return text
	}
	if text == "" {
		text = "''"
	}
	if next == i {
		text += " "
	}
	return text
}

func (l lines) unset(src []byte, header, name string) []byte {
	for {
		items := l.scan(src)
		it, v := last(items, name)
		switch {
		case v == nil:
			return src
		case !l.settled(items, it):
			return l.add(src, items, header, "unset "+name)
		case v.unset:
			return src
		}
		start, end := extent(src, it, v)
		src = l.dropHeader(splice(src, start, end, ""), header, start)
	}
}

// extent returns what to cut to remove v: its whole item, or its words among
// others of the same statement.
func extent(src []byte, it *item, v *variable) (start, end int) {
	switch {
	case len(it.vars) == 1:
		return it.start, it.end
	case v.start == it.vars[0].start:
		return v.start, it.vars[1].start
	}
	return bytes.LastIndexAny(src[:v.start], " \t"), v.vend
}

// settled reports whether nothing behind it can define its names again without
// our knowing. A definition inside a shell's if, function or here document is
// not settled either: a line that closes it follows.
func (l lines) settled(items []item, it *item) bool {
	if !l.shell {
		return true
	}
	for i := range items {
		if items[i].start > it.start && items[i].kind == opaque {
			return false
		}
	}
	return true
}

// last returns the definition of name that counts.
func last(items []item, name string) (*item, *variable) {
	for i := len(items) - 1; i >= 0; i-- {
		for j := len(items[i].vars) - 1; j >= 0; j-- {
			if items[i].vars[j].name == name {
				return &items[i], &items[i].vars[j]
			}
		}
	}
	return nil, nil
}
