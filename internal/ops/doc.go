// Package ops is what Belt's commands do, from options to result.
//
// Every changing command goes one way, that of [Session.apply]: inspect every server, plan, refuse on failed checks, show,
// ask, lock, look again, run the steps, and tell. Each command is a file here that says what is its own: whom it is
// about, which plan it wants, and what the inventory and the variables look like afterwards.
//
// The package knows neither the terminal nor SSH: it is handed a [Connector], the engines and a [Screen].
package ops
