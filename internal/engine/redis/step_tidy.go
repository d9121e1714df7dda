package redis

import (
	"context"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
)

// tidyNext takes from the new primary what made it a replica. What its own clients reach it by stays.
func (m *promotion) tidyNext() plan.Step {
	s := m.from
	serves := m.back.Between || slices.ContainsFunc(m.siblings, func(s making) bool { return s.Between })
	stays := func(name string) bool {
		return name == "bind" || name == "protected-mode" || serves && strings.HasPrefix(name, "tls-") && name != "tls-replication"
	}
	gone := func(name string) bool {
		return !stays(name) && (name == "masterauth" || slices.ContainsFunc(s.followSettings(), func(f conf.Setting) bool { return f.Name == name }))
	}
	before := s.tn.written()
	return m.Step(plan.Step{
		ID: "tidy", Title: "take out what made it a replica",
		Commands: []string{"from " + s.tn.dropIn() + ": take out replicaof, masteruser, masterauth …", "rm " + s.WrittenFile()},
		Undo:     plan.Permanent("it is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			have, err := readDropIn(ctx, m.Next)
			if err != nil || slices.ContainsFunc(have, func(h conf.Setting) bool { return h.Name == "replicaof" || gone(h.Name) }) {
				return false, err
			}
			if again, err := followsByFile(ctx, m.Next); err != nil || again {
				return false, err
			}
			there, err := s.Target.Seen(ctx, s.WrittenFile())
			return err == nil && !there, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			have, err := readDropIn(ctx, m.Next)
			if err != nil {
				return err
			}
			mine := slices.DeleteFunc(slices.Clone(have), func(h conf.Setting) bool { return !gone(h.Name) })
			if err := takeBack(ctx, m.Next, mine, before, true); err != nil {
				return err
			}
			err = editDropIn(ctx, m.Next, func(have []conf.Setting) []conf.Setting {
				return without(have, func(h conf.Setting) bool { return gone(h.Name) })
			})
			if err != nil {
				return err
			}
			password, err := forgetPassword(ctx, m.Next)
			if err != nil {
				return err
			}
			commands := []command{password}
			for _, name := range orderedBack(before) {
				if gone(name) {
					commands = append(commands, command{"CONFIG", "SET", name, before[name]})
				}
			}
			if _, err := change(ctx, m.Next, "forget the old primary", commands...); err != nil {
				return err
			}
			if err := s.impatient(ctx); err != nil {
				return err
			}
			if err := dropCertificates(ctx, m.Next); err != nil {
				return err
			}
			// What stays is taken back with the last replica.
			record := saved{}
			if err := replica.ReadState(ctx, m.Next.Node.Runner, "read the noted settings", savedFile(m.Next), &record); err != nil {
				return err
			}
			noted := len(record)
			for name, value := range before {
				if _, there := record[name]; stays(name) && !there {
					record[name] = value
				}
			}
			if len(record) > noted {
				if err := replica.PutState(ctx, m.Next.Node.Runner, savedFile(m.Next), record); err != nil {
					return err
				}
			}
			return replica.DropState(ctx, m.Next.Node.Runner, s.WrittenFile(), s.SwappedFile())
		},
	}, m.Next.Node.Label)
}

// tidyOld takes from the old primary what it held for its replicas.
func (m *promotion) tidyOld() plan.Step {
	users := []making{m.from}
	for _, s := range m.siblings {
		one := m.from // its users are those of the same names
		one.Name = s.Name
		users = append(users, one)
	}
	var names []string
	for _, u := range users {
		names = append(names, u.Name)
	}
	return m.Step(plan.Step{
		ID: "tidy", Title: "remove the users of its replicas", Commands: []string{"ACL DELUSER " + strings.Join(names, " ")},
		Undo: plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			there, err := m.back.Target.Seen(ctx, m.beforeFile())
			return !there && !m.Adopt && err == nil, err
		},
		Do: func(ctx context.Context, _ plan.Progress) error {
			for _, u := range users {
				if err := u.dropUser(ctx); err != nil {
					return err
				}
			}
			return replica.DropState(ctx, m.Old.Node.Runner, m.back.nextFile(), m.beforeFile())
		},
	}, m.Old.Node.Label)
}
