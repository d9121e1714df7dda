// Package compare proves that a physical replica holds the same rows as its primary, while both are in use.
//
// A physical replica has every row version at the same place (its ctid), made by the same transaction (its xmin), so
// both servers can be asked for the same blocks and nothing has to be sorted or joined.
//
//  1. Tables, materialized views, partitions, large objects and the system catalogs are read in chunks of blocks. Each
//     server answers with the number of rows and two sums of hashes for every few blocks. Where they agree, the rows
//     are proven equal, although the two were asked at slightly different moments.
//  2. Where they do not, both are asked again block by block, and then row by row.
//  3. What is left may be real or may be under way. The primary is asked, the replica once it has replayed past the
//     primary's answer, and the primary again (see [judge]): what the primary showed both times and the replica did not
//     is a difference. What changes meanwhile is looked at again.
//  4. Rows that differ are named by their key, with the columns that differ.
//
// Nothing is locked beyond what any SELECT locks, each statement is short, and each server is read by one connection
// at a time. Rows are compared by the text of their values, hashed on the server; no row travels. A row version that
// is replaced again and again within one look cannot be compared; those that follow it are, up to a few looks. Indexes,
// free space maps and dead rows are not compared.
package compare
