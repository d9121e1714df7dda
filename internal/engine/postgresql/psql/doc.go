// Package psql keeps one psql open on a server and asks it many questions: one process and one connection for a whole
// comparison, instead of one for each statement.
//
// Statements are sent ahead and answered in order, so a batch of any size costs one round trip. A row comes as one line
// with one JSON array, whatever its values hold; an answer ends with a line that begins with a backslash, which no JSON
// array does.
//
// The rows come from plain SELECTs and not from COPY TO STDOUT: when a COPY fails half-way, psql 15 still reports
// SQLSTATE 00000, and an answer that was cut would pass for a whole one.
package psql
