package inventory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// AddMember puts a server of the app behind the members of the database.
func (e *Editor) AddMember(app, database, server string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil {
		return err
	}
	if _, err := t.App.Server(server); err != nil {
		return err
	}
	if slices.Contains(t.Database.Servers, server) {
		return nil
	}
	members := append(slices.Clone(t.Database.Servers), server)
	return e.setMembers(t, "add "+server+" to the servers of "+t.String(), members,
		func(doc *document, list *yaml.Node) ([]byte, error) { return doc.appendItem(list, server) })
}

// RemoveMember takes a server out of the members of the database. The last one has to stay.
func (e *Editor) RemoveMember(app, database, server string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil {
		return err
	}
	index := slices.Index(t.Database.Servers, server)
	if index < 0 {
		return nil
	}
	wish := "remove " + server + " from the servers of " + t.String()
	if len(t.Database.Servers) == 1 {
		return &EditError{Pos: t.Database.Pos, Wish: wish, Reason: "it is the last one"}
	}
	members := slices.Delete(slices.Clone(t.Database.Servers), index, index+1)
	return e.setMembers(t, wish, members,
		func(doc *document, list *yaml.Node) ([]byte, error) { return doc.removeItem(list, index) })
}

// setMembers makes members the servers of the database: cut does it where they are a list in its place. Where they come from
// elsewhere (an alias, a merge), the database gets a list of its own.
func (e *Editor) setMembers(t Target, wish string, members []string, cut func(*document, *yaml.Node) ([]byte, error)) error {
	model := func(inv *Inventory) { inv.at(t.App.Name, t.Database.Name).Servers = members }
	return e.change(t.Database.Pos, wish, model, func(doc *document) ([]byte, error) {
		_, database, err := doc.Descend("apps", t.App.Name, "databases", t.Database.Name)
		if err != nil {
			return nil, err
		}
		key, list := yamltext.Child(database, "servers")
		switch {
		case key == nil:
			return doc.InsertKey(database, "engine", "servers", yamltext.QuoteList(members))
		case list.Kind == yaml.SequenceNode:
			return cut(doc, list)
		}
		return doc.ReplaceValue(list, yamltext.QuoteList(members))
	})
}

// SetMembers makes servers the members of the database, in that order; promote puts the new primary first.
func (e *Editor) SetMembers(app, database string, servers []string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil {
		return err
	}
	for _, server := range servers {
		if err := e.AddMember(app, database, server); err != nil {
			return err
		}
	}
	for _, server := range t.Database.Servers {
		if !slices.Contains(servers, server) {
			if err := e.RemoveMember(app, database, server); err != nil {
				return err
			}
		}
	}
	now := e.inv.at(app, database)
	if slices.Equal(now.Servers, servers) {
		return nil
	}
	order := make([]int, len(servers))
	for i, server := range servers {
		order[i] = slices.Index(now.Servers, server)
	}
	wish := fmt.Sprintf("make [%s] the servers of %s", strings.Join(servers, ", "), t)
	if len(order) != len(now.Servers) {
		return &EditError{Pos: now.Pos, Wish: wish, Reason: "a server is named twice"}
	}
	return e.setMembers(t, wish, slices.Clone(servers),
		func(doc *document, list *yaml.Node) ([]byte, error) { return doc.orderItems(list, order) })
}
