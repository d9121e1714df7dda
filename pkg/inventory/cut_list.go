package inventory

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// slot is one item of a list in the text. A comment behind an item on a line of its own goes where the item goes; a comment
// on a line without an item stays where it is.
type slot struct {
	from, to int    // the item itself
	line     int    // the index of its line
	alone    bool   // no other item is on the line
	comma    bool   // a comma follows on the line
	rest     string // what follows to the end of the line, when alone
}

// beforeItem is what may stand on a line before an item that is alone there.
var beforeItem = regexp.MustCompile(`^ *(- *)?$`)

func (d *document) slots(list *yaml.Node) ([]slot, error) {
	var slots []slot
	for _, n := range list.Content {
		if n.Kind != yaml.ScalarNode && n.Kind != yaml.AliasNode {
			return nil, d.ByHand(n, "this item is no plain name")
		}
		from, err := d.Start(n)
		if err != nil {
			return nil, err
		}
		to, err := d.ScalarEnd(n, from)
		if err != nil {
			return nil, err
		}
		s := slot{from: from, to: to, line: d.LineOf(from)}
		before := string(d.Text[d.Lines[s.line]:from])
		s.rest, s.comma = string(d.Text[to:d.LineEnd(s.line)]), false
		if yamltext.IsFlow(list) {
			if trimmed := strings.TrimLeft(s.rest, " \t"); strings.HasPrefix(trimmed, ",") {
				s.rest, s.comma = trimmed[1:], true
			}
		}
		s.alone = beforeItem.MatchString(before) && yamltext.AfterItem.MatchString(s.rest)
		slots = append(slots, s)
	}
	return slots, nil
}

// appendItem adds a name at the end of a list that is not empty.
func (d *document) appendItem(list *yaml.Node, name string) ([]byte, error) {
	slots, err := d.slots(list)
	if err != nil {
		return nil, err
	}
	last := slots[len(slots)-1]
	name = yamltext.QuoteLike(list.Content[len(list.Content)-1], name)
	if !yamltext.IsFlow(list) {
		before := d.LineText(last.line)
		dash := strings.IndexByte(before, '-')
		if !last.alone && dash < 0 {
			return nil, d.ByHand(list, "the last item does not begin its line")
		}
		gap := before[dash+1:]
		gap = gap[:len(gap)-len(strings.TrimLeft(gap, " "))]
		return d.InsertLines(last.line, before[:dash]+"-"+gap+name), nil
	}
	brackets, err := d.Flow(list)
	if err != nil {
		return nil, err
	}
	if last.alone && d.LineOf(brackets.Close) > last.line {
		return d.appendFlowLine(last, name), nil
	}
	if last.comma {
		return d.Splice(brackets.Last, brackets.Last, " "+name), nil
	}
	return d.Splice(brackets.Last, brackets.Last, ", "+name), nil
}

// appendFlowLine adds an item to a [ ] that has one on each line.
func (d *document) appendFlowLine(last slot, name string) []byte {
	indent := string(d.Text[d.Lines[last.line]:last.from])
	if last.comma {
		return d.InsertLines(last.line, indent+name+",")
	}
	line := string(d.Text[last.from:last.to]) + "," + last.rest + d.EOL + indent + name
	return d.Splice(last.from, d.LineEnd(last.line), line)
}

// removeItem takes one item out of a list that has others.
func (d *document) removeItem(list *yaml.Node, index int) ([]byte, error) {
	slots, err := d.slots(list)
	if err != nil {
		return nil, err
	}
	s := slots[index]
	switch {
	case s.alone && (!yamltext.IsFlow(list) || s.comma):
		return d.RemoveLines(s.line, s.line), nil
	case !yamltext.IsFlow(list):
		return nil, d.ByHand(list.Content[index], "this item does not stand alone on its line")
	case s.alone: // the last of a [ ] with one on each line: the comma before it may stay
		return d.RemoveLines(s.line, s.line), nil
	case index == 0:
		return d.Splice(s.from, slots[1].from, ""), nil
	case bytes.IndexByte(d.Text[slots[index-1].to:s.from], '#') >= 0: // a comment of the item before: its comma stays, too
		return d.Splice(s.from, s.to, ""), nil
	}
	return d.Splice(slots[index-1].to, s.to, ""), nil
}

// orderItems puts the items into another order: order[i] is the index of the item that comes to place i.
func (d *document) orderItems(list *yaml.Node, order []int) ([]byte, error) {
	slots, err := d.slots(list)
	if err != nil {
		return nil, err
	}
	withLines := !slices.ContainsFunc(slots, func(s slot) bool { return !s.alone })
	out := slices.Clone(d.Text)
	for place := len(slots) - 1; place >= 0; place-- { // from the end, so that offsets stay right
		to, item := slots[place], slots[order[place]]
		text, end := string(d.Text[item.from:item.to]), to.to
		if withLines {
			if end = d.LineEnd(to.line); to.comma {
				text += ","
			}
			text += item.rest
		}
		out = slices.Replace(out, to.from, end, []byte(text)...)
	}
	return out, nil
}
