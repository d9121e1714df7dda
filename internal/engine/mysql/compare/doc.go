// Package compare proves that a replica of MariaDB or MySQL holds the same rows as its primary, while both are in use.
//
//  1. Every table is read in the order of its key, in chunks. Each server answers with the number of rows and two sums of
//     their hashes. Where they agree the rows are equal, although the two were asked at slightly different moments.
//  2. Where they do not, the replica is waited for: the primary is asked again, then for the transactions that it has
//     executed (its GTIDs), and the replica when it has executed those too. A chunk that still differs is cut into
//     smaller ones, down to rows.
//  3. A row counts as a difference only when the primary showed it before and after the replica was asked, the replica
//     did not, and that several times over a second. A row that changes meanwhile is looked at again.
//  4. Rows that differ are named by their key, with the columns that differ.
//
// A table without a key is compared as a whole, by how often each row is there.
//
// Rows are hashed on the servers from exact forms of their values (see column.go): no row travels. Nothing is written and
// nothing is locked beyond what any SELECT locks: nothing with InnoDB, the table for the time of a chunk with MyISAM and
// Aria. Definitions of tables, views, routines, triggers and events are compared between servers of one version series;
// accounts and the server's own schemas are not.
package compare
