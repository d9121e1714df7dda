package inventory

import "slices"

// AppNames lists the apps, in the order of the file.
func (inv *Inventory) AppNames() []string {
	var names []string
	for _, a := range inv.Apps {
		names = append(names, a.Name)
	}
	return names
}

// Targets lists every "APP/DATABASE", in the order of the file.
func (inv *Inventory) Targets() []string {
	var names []string
	for _, a := range inv.Apps {
		for _, d := range a.Databases {
			names = append(names, d.Target())
		}
	}
	return names
}

// ServerNames lists the app's servers, in the order of the file.
func (a App) ServerNames() []string {
	var names []string
	for _, s := range a.Servers {
		names = append(names, s.Name)
	}
	return names
}

// DatabaseNames lists the app's databases, in the order of the file.
func (a App) DatabaseNames() []string {
	var names []string
	for _, d := range a.Databases {
		names = append(names, d.Name)
	}
	return names
}

// OtherServers lists the app's servers that are no member of the database: those that can become a new replica.
func (t Target) OtherServers() []string {
	return slices.DeleteFunc(t.App.ServerNames(), func(name string) bool {
		return slices.Contains(t.Database.Servers, name)
	})
}

// SourcesFor lists the targets that the database can become a replica of: those of other apps with the same engine.
func (inv *Inventory) SourcesFor(t Target) []string {
	var names []string
	for _, a := range inv.Apps {
		for _, d := range a.Databases {
			if a.Name != t.App.Name && d.Engine == t.Database.Engine && d.Engine != MongoDB {
				names = append(names, d.Target())
			}
		}
	}
	return names
}
