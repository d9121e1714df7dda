package postgresql

import (
	"context"
	"fmt"

	"github.com/dbbelt/belt/pkg/plan"
)

// slot reserves the primary's WAL from now on, before the copy begins, so that nothing the replica needs is recycled.
func (m making) slot() plan.Step {
	return m.Step(plan.Step{
		ID: "slot", Server: m.From(), Title: "reserve WAL for " + m.To(),
		Commands: []string{fmt.Sprintf("SELECT pg_create_physical_replication_slot(%s, true)", literal(m.Name))},
		Done: func(ctx context.Context) (bool, error) {
			if _, there := m.pn.slot(m.Name); !there && !m.Adopt {
				return false, nil // the facts are of a moment ago
			}
			return m.slotServes(ctx)
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			// One that lost its WAL serves nobody any more (wal_status, PostgreSQL 13).
			return change(ctx, m.Primary.Facts, "make slot "+m.Name,
				fmt.Sprintf("%s\nSELECT pg_create_physical_replication_slot(%s, true)", m.dropSlotSQL(), literal(m.Name)))
		},
		Undo: plan.Undoable("drop the slot", func(ctx context.Context, _ plan.Progress) error { return m.dropSlot(ctx) }),
	})
}

// slotServes tells whether there is a slot, and it holds WAL.
func (m making) slotServes(ctx context.Context) (bool, error) {
	out, err := ask(ctx, m.Primary.Facts, "look for the slot",
		"SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical' AND wal_status <> 'lost' AND slot_name = "+literal(m.Name))
	return out == "1", err
}

// dropSlot ends whoever streams through the slot and drops it; one that is not there is no error.
func (m making) dropSlot(ctx context.Context) error {
	return change(ctx, m.Primary.Facts, "drop slot "+m.Name, m.dropSlotSQL())
}

func (m making) dropSlotSQL() string {
	return fmt.Sprintf(`DO $belt$
DECLARE tries int := 0; user_pid int;
BEGIN
  LOOP
    SELECT active_pid INTO user_pid FROM pg_replication_slots WHERE slot_name = %[1]s;
    EXIT WHEN NOT FOUND;
    IF user_pid IS NOT NULL THEN PERFORM pg_terminate_backend(user_pid); END IF;
    BEGIN
      PERFORM pg_drop_replication_slot(%[1]s);
      EXIT;
    EXCEPTION WHEN object_in_use THEN
      tries := tries + 1;
      IF tries > 100 THEN RAISE; END IF;
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
END $belt$;`, literal(m.Name))
}
