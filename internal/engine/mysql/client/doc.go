// Package client keeps one of the server's own clients, mariadb or mysql, open on a server and asks it many questions.
//
// Statements are sent ahead and answered in order. Each is followed by a SELECT of its number, which ends its answer. Every
// statement has '=' as its first column, so that a row is told from the client's complaints, which come between the rows:
// with --unbuffered both are written as they arise. In a batch the client shows a tab, a line break and a backslash in a
// value as two characters, and null as NULL; so values that may have those are asked for as HEX.
package client
