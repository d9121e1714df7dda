package compare

import (
	"slices"
	"strings"
)

// column is one column of a table.
type column struct {
	name      string
	kind      string // DATA_TYPE, such as "varchar"
	charset   string // of text, else empty
	collation string
	nullable  bool
}

var (
	whole    = []string{"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year"}
	floating = []string{"float", "double"}
	temporal = []string{"date", "time", "datetime", "timestamp"}
	numbered = []string{"enum", "set"} // compared and sorted by a number
	text     = []string{"char", "varchar"}
	bytes    = []string{"binary", "varbinary"}
	long     = []string{"tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob", "vector",
		"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection", "geometrycollection"}
)

// exact is an expression for the column's value that differs whenever the value does. Null is '-', which no value reads as.
//
// A FLOAT reads as six digits when it is made text; times one it is a DOUBLE, which reads as exactly as it is. Text is
// taken as its bytes: the collation, which may take two texts for one, plays no part. What may be larger than a row is
// hashed by itself: a CONCAT that is longer than max_allowed_packet would be NULL.
func (c column) exact() string {
	n := ident(c.name)
	switch {
	case c.is(whole), c.is(temporal):
		return "IFNULL(CAST(" + n + " AS CHAR), '-')"
	case c.is(floating):
		return "IFNULL(CAST(" + n + " * 1e0 AS CHAR), '-')"
	case c.kind == "bit":
		return "IFNULL(CAST(" + n + " + 0 AS CHAR), '-')"
	case c.is(numbered):
		return "IFNULL(CONCAT(" + n + " + 0, ':', HEX(" + n + ")), '-')"
	case c.is(text), c.is(bytes):
		return "IFNULL(CONCAT(LENGTH(" + n + "), ':', CAST(" + n + " AS BINARY)), '-')"
	case c.kind == "json":
		return "IFNULL(SHA2(CAST(" + n + " AS CHAR), 256), '-')"
	case c.is(long):
		return "IFNULL(SHA2(" + n + ", 256), '-')"
	}
	return "IFNULL(HEX(" + n + "), '-')" // uuid, inet4, inet6 and what is yet to come
}

// hash is the hash of a row of these columns: the first quarter of its SHA-256, as a number. It is null only where a row is
// larger than max_allowed_packet, which is asked for. (MySQL 9 has neither MD5 nor SHA1 any more.)
func hash(columns []column) string {
	return "CAST(CONV(LEFT(" + digest(columns) + ", 16), 16, 10) AS UNSIGNED)"
}

func digest(columns []column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.exact()
	}
	return "SHA2(CONCAT_WS(',', " + strings.Join(parts, ", ") + "), 256)"
}

func (c column) is(kinds []string) bool { return slices.Contains(kinds, c.kind) }

// key is an expression for the column's value as a part of a key, in hexadecimal, from which [column.literal] makes the
// same value again.
func (c column) key() string {
	n := ident(c.name)
	switch {
	case c.is(floating):
		n += " * 1e0"
	case c.is(numbered), c.kind == "bit":
		n += " + 0"
	}
	if c.is(text) || c.is(bytes) || c.is(long) {
		return "HEX(CAST(" + n + " AS BINARY))"
	}
	return "HEX(CAST(" + n + " AS CHAR))"
}

// ordered is an expression by which the column's values sort and compare. An ENUM sorts by its number, but is compared
// with a text by its text.
func (c column) ordered() string {
	if c.is(numbered) {
		return "(" + ident(c.name) + " + 0)"
	}
	return ident(c.name)
}

// literal is the value of a key's part in SQL.
func (c column) literal(value string) string {
	switch {
	case c.is(whole), c.is(numbered), c.kind == "bit":
		return string(unhex(value))
	case c.is(floating):
		if v := string(unhex(value)); strings.ContainsAny(v, "eE") {
			return v
		} else {
			return v + "e0"
		}
	case c.charset != "":
		return "_" + c.charset + " X'" + value + "' COLLATE " + c.collation
	case c.is(bytes), c.is(long):
		return "X'" + value + "'"
	}
	return "'" + strings.ReplaceAll(string(unhex(value)), "'", "''") + "'" // dates, uuid: no text of a user
}
