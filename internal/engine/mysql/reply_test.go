package mysql

import (
	"strings"
	"testing"
)

func TestErrorsTellNoPassword(t *testing.T) {
	for said, want := range map[string]string{
		"Error 'Operation CREATE USER failed for 'shop'@'localhost'' on query. Default database: ''. Query: 'create user 'shop'@'localhost' identified by 'hunter2''": "a statement about an account",
		"Error 'x' on query. Default database: ''. Query: 'SET PASSWORD FOR 'shop'@'localhost' = 'hunter2''":                                                          "a statement about an account",
		"Error 'Duplicate entry '4'' on query. Default database: 'shop'. Query: 'INSERT INTO t VALUES (4)'":                                                           "INSERT INTO t VALUES (4)",
		"Could not execute Write_rows_v1 event on table shop.t":                                                                                                       "Write_rows_v1",
	} {
		c := channelOf(map[string]string{"Last_SQL_Error": said})
		if strings.Contains(c.ApplyError, "hunter2") || !strings.Contains(c.ApplyError, want) {
			t.Errorf("%q became %q", said, c.ApplyError)
		}
	}
}
