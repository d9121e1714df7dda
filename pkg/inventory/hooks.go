package inventory

import (
	"gopkg.in/yaml.v3"
)

// Hooks are programs of the operator's by when they run: "before_promote", "after_enable". Each is an absolute path, or a bare
// name that is looked up in PATH.
type Hooks map[string]string

// Hooked are the commands that hooks run before and after.
func Hooked() []string {
	return []string{"enable", "disable", "resync", "promote", "scale_up", "scale_down"}
}

// HookOf is the app's program for that time, else that of all apps; empty for none.
func (inv *Inventory) HookOf(app App, when string) string {
	if command, own := app.Hooks[when]; own {
		return command
	}
	return inv.Hooks[when]
}

func (r *reader) hooks(n *yaml.Node, what string) Hooks {
	h := Hooks{}
	known := fields{}
	for _, name := range Hooked() {
		for _, when := range []string{"before_" + name, "after_" + name} {
			known[when] = func(n *yaml.Node) { h[when] = r.command(n, what+": "+when) }
		}
	}
	r.block(n, what, known, nil)
	return h
}
