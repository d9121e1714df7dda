package inventory

import (
	"errors"
	"fmt"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// Editor changes the text of an inventory, one wish after the other. A wish that is fulfilled already changes nothing.
type Editor struct {
	path string
	text []byte
	inv  *Inventory
}

// EditError says that the file could not be changed as wished; it is as it was.
type EditError struct {
	Pos    Pos
	Wish   string // what has to be done by hand: "add db2 to the servers of shop/postgresql"
	Reason string
}

func (e *EditError) Error() string {
	return fmt.Sprintf("%s: could not %s: %s", e.Pos, e.Wish, e.Reason)
}

// Hint is the next step for the user.
func (e *EditError) Hint() string { return "change the file by hand: " + e.Wish }

// Inventory is what the text means now.
func (e *Editor) Inventory() *Inventory { return e.inv }

// document is the text with the edits that only an inventory needs.
type document struct{ *yamltext.Document }

// change carries out one wish: cut makes the new text, and model makes of the inventory before what it has to be after.
// The new text is taken only when it loads and means exactly that.
func (e *Editor) change(pos Pos, wish string, model func(*Inventory), cut func(*document) ([]byte, error)) error {
	refuse := func(pos Pos, reason string) error { return &EditError{Pos: pos, Wish: wish, Reason: reason} }
	whole, err := yamltext.New(e.text)
	if err != nil {
		return refuse(pos, err.Error())
	}
	text, err := cut(&document{whole})
	var hand *yamltext.HandError
	if errors.As(err, &hand) {
		return refuse(Pos{pos.File, hand.Line}, hand.Reason)
	} else if err != nil {
		return refuse(pos, err.Error())
	}
	got, err := parse(e.path, text)
	if err != nil {
		return refuse(pos, fmt.Sprintf("the file would not be right any more:\n%v", err))
	}
	want, err := parse(e.path, e.text)
	if err != nil {
		return err
	}
	model(want)
	if !same(got, want) {
		return refuse(pos, "the way it is written, that would change other places, too")
	}
	e.text, e.inv = text, got
	return nil
}

// at returns the database in the inventory itself, for a change to it.
func (inv *Inventory) at(app, database string) *Database {
	for i := range inv.Apps {
		for j := range inv.Apps[i].Databases {
			if d := &inv.Apps[i].Databases[j]; d.App == app && d.Name == database {
				return d
			}
		}
	}
	return &Database{}
}
