package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	shared "github.com/dbbelt/belt/internal/compare"
	"github.com/dbbelt/belt/pkg/replication"
)

// defined is a kind of object whose definition both servers show: each row is a name, of one or two parts, and a hash.
type defined struct {
	word string
	sql  string
}

// of is the hash of some columns.
const of = `SHA2(CONCAT_WS('\n', `

// definitions are compared where both servers write them down in the same way. An event's state is left out: it is off on a
// replica. A table's next number is left out, too: it is not a part of what replicates row by row.
var definitions = []defined{
	{"schema", `SELECT '=', HEX(SCHEMA_NAME), '', ` + of + `DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME), 256) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN (` + systemSchemas + `)`},
	{"table", `SELECT '=', HEX(TABLE_SCHEMA), HEX(TABLE_NAME), ` + of + `ENGINE, TABLE_COLLATION, TABLE_COMMENT), 256) FROM information_schema.TABLES WHERE TABLE_TYPE <> 'VIEW' AND TABLE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"column", `SELECT '=', HEX(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)), HEX(COLUMN_NAME), ` + of + `ORDINAL_POSITION, COLUMN_TYPE, IS_NULLABLE, IFNULL(COLUMN_DEFAULT, '-'), IFNULL(COLLATION_NAME, '-'), EXTRA, IFNULL(GENERATION_EXPRESSION, '-'), COLUMN_COMMENT), 256) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"index", `SELECT '=', HEX(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)), HEX(CONCAT(INDEX_NAME, ' ', SEQ_IN_INDEX)), ` + of + `NON_UNIQUE, IFNULL(COLUMN_NAME, '-'), IFNULL(SUB_PART, '-'), INDEX_TYPE), 256) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"partition", `SELECT '=', HEX(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)), HEX(CONCAT(PARTITION_NAME, IFNULL(CONCAT('/', SUBPARTITION_NAME), ''))), ` + of + `IFNULL(PARTITION_METHOD, '-'), IFNULL(PARTITION_EXPRESSION, '-'), IFNULL(PARTITION_DESCRIPTION, '-')), 256) FROM information_schema.PARTITIONS WHERE PARTITION_NAME IS NOT NULL AND TABLE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"foreign key", `SELECT '=', HEX(CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME)), HEX(CONSTRAINT_NAME), ` + of + `REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE), 256) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"view", `SELECT '=', HEX(TABLE_SCHEMA), HEX(TABLE_NAME), ` + of + `VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE), 256) FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"routine", `SELECT '=', HEX(ROUTINE_SCHEMA), HEX(CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME)), ` + of + `IFNULL(DTD_IDENTIFIER, '-'), IFNULL(ROUTINE_DEFINITION, '-'), SQL_MODE, DEFINER, SECURITY_TYPE, SQL_DATA_ACCESS, IS_DETERMINISTIC), 256) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"parameter", `SELECT '=', HEX(CONCAT(SPECIFIC_SCHEMA, '.', SPECIFIC_NAME)), HEX(CONCAT(ORDINAL_POSITION, ' ', IFNULL(PARAMETER_NAME, ''))), ` + of + `IFNULL(PARAMETER_MODE, '-'), DTD_IDENTIFIER), 256) FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"trigger", `SELECT '=', HEX(TRIGGER_SCHEMA), HEX(TRIGGER_NAME), ` + of + `EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER, ACTION_STATEMENT, SQL_MODE, DEFINER), 256) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA NOT IN (` + systemSchemas + `)`},
	{"event", `SELECT '=', HEX(EVENT_SCHEMA), HEX(EVENT_NAME), ` + of + `EVENT_TYPE, IFNULL(EXECUTE_AT, '-'), IFNULL(INTERVAL_VALUE, '-'), IFNULL(INTERVAL_FIELD, '-'), ON_COMPLETION, EVENT_DEFINITION, SQL_MODE, DEFINER), 256) FROM information_schema.EVENTS WHERE EVENT_SCHEMA NOT IN (` + systemSchemas + `)`},
}

// definitions compares the definitions of everything that has one.
func (p *pair) definitions(ctx context.Context) error {
	if p.primary.version.series() != p.replica.version.series() {
		p.out.Skipped = append(p.out.Skipped, fmt.Sprintf("definitions: %s is %s and %s is %s, which write them down differently",
			p.primary.name, p.primary.version.full, p.replica.name, p.replica.version.full))
		return nil
	}
	p.meter.At("definitions")
	lone := map[string]bool{} // tables that are told to be on one server only
	for _, d := range p.out.Differences {
		if strings.HasPrefix(d.Detail, "the table itself") {
			lone[d.Object] = true
		}
	}
	var pending map[string]bool
	for round := 1; ; round++ {
		open, err := p.lookAtDefinitions(ctx)
		if err != nil {
			return err
		}
		next := map[string]bool{}
		for id := range open {
			if pending == nil || pending[id] {
				next[id] = true
			}
		}
		pending = next
		if len(pending) == 0 {
			return nil
		}
		if !p.following || round == confirmations {
			for _, id := range slices.Sorted(maps.Keys(pending)) {
				if d := open[id]; !lone[d.Object] && !d.moving {
					p.out.Differences = append(p.out.Differences, d.Difference)
				}
			}
			return nil
		}
		if err := shared.Sleep(ctx, confirmTime/confirmations); err != nil {
			return err
		}
	}
}

// definition is one that differs, or that changed while we looked.
type definition struct {
	replication.Difference
	moving bool
}

// lookAtDefinitions returns what differs now.
func (p *pair) lookAtDefinitions(ctx context.Context) (map[string]definition, error) {
	statements := make([]string, len(definitions))
	for i, d := range definitions {
		statements[i] = d.sql
	}
	before, err := p.primary.definitions(ctx, statements)
	if err != nil {
		return nil, err
	}
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	there, err := p.replica.definitions(ctx, statements)
	if err != nil {
		return nil, err
	}
	after, err := p.primary.definitions(ctx, statements)
	if err != nil {
		return nil, err
	}
	out := map[string]definition{}
	for i, d := range definitions {
		for _, j := range judge(before[i], there[i], after[i], nil) {
			out[fmt.Sprint(i, j.id)] = definition{d.difference(j, p.replica.name), j.moving}
		}
	}
	return out, nil
}

func (s *side) definitions(ctx context.Context, statements []string) ([]look, error) {
	replies, err := s.ask(ctx, statements...)
	if err != nil {
		return nil, err
	}
	out := make([]look, len(replies))
	for i, reply := range replies {
		if reply.Err != nil {
			return nil, fmt.Errorf("reading the definitions of each %s: %w", definitions[i].word, reply.Err)
		}
		out[i] = look{}
		for _, row := range reply.Rows {
			out[i][row[0]+","+row[1]] = row[2]
		}
	}
	return out, nil
}

// difference says what is wrong with one.
func (d defined) difference(j judgement, replica string) replication.Difference {
	owner, name, _ := strings.Cut(j.id, ",")
	object, subject := readable(owner), d.word+" "+readable(name)
	switch d.word {
	case "schema":
		subject = "the schema itself"
	case "table", "view":
		object, subject = object+"."+readable(name), "the "+d.word+" itself"
	}
	detail := subject + " is defined in another way on " + replica
	switch j.verdict {
	case shared.Missing:
		detail = subject + " is missing on " + replica
	case shared.Extra:
		detail = subject + " is on " + replica + " only"
	}
	return replication.Difference{Object: object, Detail: detail}
}
