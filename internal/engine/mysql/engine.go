// Package mysql replicates MySQL and MariaDB by their own asynchronous replication with global transaction ids.
//
// The two are one package with two flavours; what differs by flavour and version stands in one table (see
// capabilities). The replica's first data is a physical copy: of mariadb-backup, streamed from server to server, or of
// MySQL's CLONE into a new folder; where CLONE cannot, it is a dump. The old data folder is kept beside it. What makes a server a primary or a replica is a
// file of options of Belt's own, which is read last, and the connection in the replica's data folder.
package mysql

import (
	"github.com/dbbelt/belt/internal/transfer"
	"github.com/dbbelt/belt/pkg/replication"
)

// Engine plans and proves replication of one flavour.
type Engine struct {
	flavour flavour
	mover   transfer.Mover
}

// MariaDB returns the engine for MariaDB, from 10.5.
func MariaDB() *Engine { return &Engine{flavour: mariaDB, mover: transfer.New()} }

// MySQL returns the engine for MySQL, from 8.0.
func MySQL() *Engine { return &Engine{flavour: mySQL, mover: transfer.New()} }

var _ replication.Engine = (*Engine)(nil)
