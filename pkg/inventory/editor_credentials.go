package inventory

import (
	"fmt"
	"strings"

	"github.com/dbbelt/belt/pkg/yamltext"
	"gopkg.in/yaml.v3"
)

// TakeCredentials gives the database those credentials of another that are named: "username", "database", "password_file".
// What the other does not have, the database keeps of its own.
func (e *Editor) TakeCredentials(app, database, from string, names ...string) error {
	for _, name := range names {
		if err := e.takeCredential(app, database, from, name); err != nil {
			return err
		}
	}
	return nil
}

// field is where the credentials keep what has a name in the file.
func (c *Credentials) field(name string) *string {
	switch name {
	case "username":
		return &c.Username
	case "database":
		return &c.Database
	}
	return &c.PasswordFile
}

func (e *Editor) takeCredential(app, database, from, name string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil {
		return err
	}
	source, err := e.inv.Target(from)
	if err != nil {
		return err
	}
	value := *source.Database.Credentials.field(name)
	if value == "" || value == *t.Database.Credentials.field(name) {
		return nil
	}
	wish := fmt.Sprintf("write %s of %s into the credentials of %s", name, from, t)
	model := func(inv *Inventory) { *inv.at(app, database).Credentials.field(name) = value }
	return e.change(t.Database.Pos, wish, model, func(doc *document) ([]byte, error) {
		written, err := doc.credential(from, name)
		if err != nil {
			return nil, err
		}
		_, node, err := doc.Descend("apps", app, "databases", database)
		if err != nil {
			return nil, err
		}
		key, block := yamltext.Child(node, "credentials")
		if key == nil {
			return doc.InsertKey(node, "servers", "credentials", "{"+name+": "+yamltext.Quote(written.Value)+"}")
		}
		if key, own := yamltext.Child(block, name); key != nil {
			return doc.ReplaceValue(own, yamltext.QuoteLike(own, written.Value))
		}
		return doc.InsertKey(block, "username", name, yamltext.Quote(written.Value))
	})
}

// credential is what the file has as a credential of a target: a path is there as it was written.
func (d *document) credential(target, name string) (*yaml.Node, error) {
	app, database, _ := strings.Cut(target, "/")
	_, node, err := d.Descend("apps", app, "databases", database, "credentials", name)
	return node, err
}
