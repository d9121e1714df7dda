// Package envfile reads, edits and renders files of environment variables in
// the formats dotenv, export, systemd and json. It touches no disk: bytes in,
// bytes out.
//
// Editing is verbatim. Comments, blank lines, other variables, line endings and
// a missing final newline stay byte for byte; a variable that exists is changed
// where it stands; new ones go, in the comment formats, into one block under the
// line "# written by belt: LABEL". Setting what is already so changes no byte.
// After every edit the file is read again: an edit that would not read back, or
// that would change another variable, is an error and changes nothing.
//
// Names are [A-Za-z_][A-Za-z0-9_]*. Values are UTF-8 without NUL, otherwise any
// text: empty, with newlines, quotes, spaces, dollars, backslashes.
//
// # dotenv
//
// There is no standard: each library has its own quoting. For each value Belt
// takes the first of these styles that the readers agree on. Compared were Ruby
// dotenv 3 (its patterns), python-dotenv 1.2, Node's dotenv and --env-file, godotenv 1.5, Docker
// Compose 2, and docker run --env-file, which knows no quotes at all.
//
//	plain    A=10.0.0.22        letters, digits and _./:,@%+=?^- ; right everywhere, in a shell too
//	single   A='p$ss "word"'    without ' and without a doubled or final backslash
//	double   A="it's here"      without " \ $ ; nothing to escape
//	bare     A=5'4"             one line without # and $, not starting with a quote
//	guarded  A='it\'s $5'       with $ ; read so by Compose and python-dotenv
//	escaped  A="\"it's\" #1"    the rest: \\ \" \$ and, for a carriage return, \r ;
//	                            read so by Compose, Ruby, godotenv and python-dotenv
//
// Where they cannot agree, Compose and python-dotenv are the measure; Portable
// tells which values those are. What remains is inherent: docker run --env-file
// keeps quotes as part of the value; python-dotenv expands ${NAME} in every kind
// of quotes and leaves \$ as it is; Ruby drops a backslash from a bare value and
// does not know \r; Node keeps the backslashes of the last two styles; only
// Compose and Ruby take an escaped value that ends in a backslash. The last
// definition of a name wins.
//
// # export
//
// A file for ". file" in sh and bash. Single quotes hold everything but
// themselves:
//
//	export A='it'\''s $5'
//
// Lines that are more than an assignment are kept and not interpreted. Since they
// may set anything, a definition with such a line behind it is left alone and the
// new one goes to the end of the file, where it wins. Lines that Belt adds end in
// a bare newline even in a file with CRLF: a shell takes a CR into the value.
//
// # systemd
//
// EnvironmentFile= of systemd.exec(5): plain, or in double quotes with a
// backslash before " \ ` $; newlines as they are. Only lines starting with # or ;
// are comments. A comment ending in a backslash goes on in the next line, as
// before systemd 254.
//
// # json
//
// One object of strings. Key order, indentation and the text of other values are
// kept. Of a repeated key the last wins.
package envfile
