package inventory

import "github.com/dbbelt/belt/pkg/yamltext"

// SetSource makes the database a replica of another app's: source is that one's target.
func (e *Editor) SetSource(app, database, source string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil {
		return err
	}
	if t.Database.Source == source {
		return nil
	}
	if _, err := e.inv.Target(source); err != nil {
		return err
	}
	wish := "write `source: " + source + "` into " + t.String()
	model := func(inv *Inventory) { inv.at(app, database).Source = source }
	return e.change(t.Database.Pos, wish, model, func(doc *document) ([]byte, error) {
		_, node, err := doc.Descend("apps", app, "databases", database)
		if err != nil {
			return nil, err
		}
		if key, value := yamltext.Child(node, "source"); key != nil {
			return doc.ReplaceValue(value, yamltext.QuoteLike(value, source))
		}
		return doc.InsertKey(node, "servers", "source", yamltext.Quote(source))
	})
}

// ClearSource makes the database stand on its own again.
func (e *Editor) ClearSource(app, database string) error {
	t, err := e.inv.Target(app + "/" + database)
	if err != nil || t.Database.Source == "" {
		return err
	}
	wish := "remove `source: " + t.Database.Source + "` from " + t.String()
	model := func(inv *Inventory) { inv.at(app, database).Source = "" }
	return e.change(t.Database.Pos, wish, model, func(doc *document) ([]byte, error) {
		_, node, err := doc.Descend("apps", app, "databases", database)
		if err != nil {
			return nil, err
		}
		return doc.RemoveKey(node, "source")
	})
}
