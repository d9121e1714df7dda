package client

import "strings"

// settle makes the session read-only, bounded and quiet, and its answers independent of the server's configuration.
// Variables that only some versions have, or only some accounts may set, are marked with a comment.
var settle = []string{
	"SET NAMES utf8mb4",
	"SET SESSION sql_mode = ''",
	"SET SESSION time_zone = '+00:00'",
	"SET SESSION TRANSACTION READ ONLY, ISOLATION LEVEL READ COMMITTED",
	"SET SESSION lock_wait_timeout = 5",
	"SET SESSION wait_timeout = 3600",
	"SET SESSION net_write_timeout = 600",
	"SET SESSION sql_big_selects = 1",
	"SET SESSION sql_select_limit = DEFAULT",
	"SET SESSION long_query_time = 3600",
	"/* MariaDB */ SET SESSION max_statement_time = 21600",
	"/* MySQL */ SET SESSION max_execution_time = 21600000",
	"/* MySQL from 8.0.30 */ SET SESSION show_gipk_in_create_table_and_information_schema = ON",
	"/* MySQL from 8.0 */ SET SESSION information_schema_stats_expiry = 0",
}

// optional tells whether a version without that variable is as good.
func optional(statement string) bool { return strings.HasPrefix(statement, "/*") }
