// Package cli is the command line of belt.
//
// A command is a small file: flags become an options struct, and the options go to one function of internal/ops, which a
// test can replace. What comes back is printed to stdout, as text or as the JSON of the contract; progress and errors go to
// stderr. exit.go alone knows what an error's exit code is.
package cli
