// Package docs writes the pages of the commands (docs/commands) from the program's own help, and its tests hold README.md
// and docs to what the program does: every command line that they show has to be one, every flag and link has to be
// there, every JSON document has to have the keys that it really has.
package docs
