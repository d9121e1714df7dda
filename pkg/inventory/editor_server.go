package inventory

import (
	"fmt"
	"slices"

	"github.com/dbbelt/belt/pkg/yamltext"
)

// AddServer puts a server behind the app's others. internal and hostKey may be empty. A server that is there already with
// the same addresses is fine; one with others is an error.
func (e *Editor) AddServer(app, name, address, internal, hostKey string) error {
	a, err := e.inv.App(app)
	if err != nil {
		return err
	}
	wish := fmt.Sprintf("add server %s (%s) to %s", name, address, app)
	if old, err := a.Server(name); err == nil {
		if old.Address == address && old.Internal == internal && (hostKey == "" || old.SSH.HostKey == hostKey) {
			return nil
		}
		return &EditError{Pos: old.Pos, Wish: wish, Reason: "a server of that name is there with other settings"}
	}
	s := Server{App: app, Name: name, Address: address, Internal: internal, SSH: SSH{HostKey: hostKey}}
	model := func(inv *Inventory) {
		for i := range inv.Apps {
			if inv.Apps[i].Name == app {
				added := s
				added.SSH = s.SSH.over(inv.SSH)
				inv.Apps[i].Servers = append(inv.Apps[i].Servers, added)
			}
		}
	}
	return e.change(a.Pos, wish, model, func(doc *document) ([]byte, error) { return doc.addServer(app, s) })
}

// RemoveServer takes a server out of the app: the undo of AddServer. One that is a member or named elsewhere has to stay.
func (e *Editor) RemoveServer(app, name string) error {
	a, err := e.inv.App(app)
	if err != nil {
		return err
	}
	s, err := a.Server(name)
	if err != nil {
		return nil
	}
	model := func(inv *Inventory) {
		for i := range inv.Apps {
			if inv.Apps[i].Name == app {
				inv.Apps[i].Servers = slices.DeleteFunc(inv.Apps[i].Servers, func(s Server) bool { return s.Name == name })
			}
		}
	}
	return e.change(s.Pos, "remove server "+name+" from "+app, model, func(doc *document) ([]byte, error) {
		_, servers, err := doc.Descend("apps", app, "servers")
		if err != nil {
			return nil, err
		}
		return doc.RemoveKey(servers, name)
	})
}

// SetProvider notes which provider made a server; an empty name changes nothing.
func (e *Editor) SetProvider(app, name, provider string) error {
	a, err := e.inv.App(app)
	if err != nil {
		return err
	}
	s, err := a.Server(name)
	if err != nil || provider == "" || s.Provider == provider {
		return err
	}
	model := func(inv *Inventory) {
		for i := range inv.Apps {
			for j := range inv.Apps[i].Servers {
				if one := &inv.Apps[i].Servers[j]; one.App == app && one.Name == name {
					one.Provider = provider
				}
			}
		}
	}
	wish := "write `provider: " + provider + "` into server " + name + " of " + app
	return e.change(s.Pos, wish, model, func(doc *document) ([]byte, error) {
		_, server, err := doc.Descend("apps", app, "servers", name)
		if err != nil {
			return nil, err
		}
		return doc.InsertKey(server, "internal", "provider", yamltext.Quote(provider))
	})
}
