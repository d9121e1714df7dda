package compare

import "strings"

// keyRange is the rows whose key is greater than low and at most high; nil is no bound.
type keyRange struct{ low, high []string }

// where is the condition for the rows of the range, so that an index on the key serves it: (a, b) > (1, 2) would not be.
func (t *table) where(r keyRange) string {
	var parts []string
	if r.low != nil {
		parts = append(parts, t.beyond(0, r.low, ">"))
	}
	if r.high != nil {
		parts = append(parts, t.beyond(0, r.high, "<"))
	}
	if len(parts) == 0 {
		return "TRUE"
	}
	return strings.Join(parts, " AND ")
}

// beyond is the condition that the key, from its part at, is greater than the values, or less or equal.
func (t *table) beyond(at int, values []string, sign string) string {
	c := t.key[at]
	name, value := c.ordered(), c.literal(values[at])
	if at == len(t.key)-1 {
		if sign == "<" {
			sign = "<="
		}
		return name + " " + sign + " " + value
	}
	return name + " " + sign + "= " + value + " AND (" + name + " " + sign + " " + value + " OR (" + t.beyond(at+1, values, sign) + "))"
}

// order is by what the rows are sorted.
func (t *table) order() string {
	parts := make([]string, len(t.key))
	for i, c := range t.key {
		parts[i] = ident(c.name)
	}
	return strings.Join(parts, ", ")
}

// keys are the expressions for the key of a row.
func (t *table) keys() string {
	parts := make([]string, len(t.key))
	for i, c := range t.key {
		parts[i] = c.key()
	}
	return strings.Join(parts, ", ")
}
