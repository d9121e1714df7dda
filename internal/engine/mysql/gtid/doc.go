// Package gtid compares what servers have executed, in the notations of MySQL and of MariaDB.
//
// MySQL counts transactions in sets, "uuid:1-5:7", so that what one server has and another does not can be named
// exactly. MariaDB has positions, "domain-server-sequence": the last transaction of each domain, and with its state the
// last one of each server in each domain.
package gtid
