package redis

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/plan"
	"github.com/dbbelt/belt/pkg/remote"
)

// nextFile is where a server has what makes it a replica of the new primary, until it is one: nothing includes it.
func (m making) nextFile() string { return m.tn.dropIn() + ".next" }

// user makes a follower's user on the new primary, which is still a replica: users are each server's own.
func (m *promotion) user(s making) plan.Step {
	step := m.Step(plan.Step{
		ID: "user." + s.To(), Title: fmt.Sprintf("make user %s for %s", s.Name, s.To()),
		Commands: []string{
			fmt.Sprintf("ACL SETUSER %s reset on #… %s", s.Name, strings.Join(rights, " ")),
			fmt.Sprintf("on %s: write %s (mode 0640), not included", s.To(), s.nextFile()),
		},
		Done: func(ctx context.Context) (bool, error) {
			if !m.Adopt || !s.pn.hasUser(s.Name) {
				return false, nil
			}
			if ok, err := s.follows(ctx); err != nil || ok {
				return ok, err
			}
			return s.loginWith(ctx, s.nextFile()) == nil, ctx.Err()
		},
		Do: func(ctx context.Context, _ plan.Progress) error { return m.makeUser(ctx, s) },
		Undo: plan.Undoable("remove the user and the file", func(ctx context.Context, _ plan.Progress) error {
			if err := s.dropUser(ctx); err != nil {
				return err
			}
			if err := replica.DropState(ctx, s.target.Node.Runner, s.nextFile()); err != nil {
				return err
			}
			if s.Between && s.Name == m.back.Name {
				return s.dropSecrets(ctx)
			}
			return nil
		}),
	}, m.Next.Node.Label)
	if !s.newUser {
		step.Adopt, step.Undo = false, plan.NoEffect("nothing: the user was there before")
	}
	return step
}

func (m *promotion) makeUser(ctx context.Context, s making) error {
	if s.Between && s.Name == m.back.Name {
		if err := s.putCertificates(ctx); err != nil {
			return err
		}
	}
	password := rand.Text() + rand.Text()
	settings := with(s.followSettings(), conf.Setting{Name: "masterauth", Args: []string{password}})
	attr := remote.Attr{Mode: 0o640, Owner: "root", Group: s.tn.Group}
	if err := remote.WriteFile(ctx, s.target.Node.Runner, "root", s.nextFile(), []byte(conf.Text(settings)), attr); err != nil {
		return err
	}
	return s.setUser(ctx, password)
}

// setUser gives the primary the user, in the running server and in its files.
func (m making) setUser(ctx context.Context, password string) error {
	sum := sha256.Sum256([]byte(password))
	rules := append([]string{"on", "#" + hex.EncodeToString(sum[:])}, rights...)
	// "reset" takes the rights of an earlier life away; the same in a file needs no such word.
	if _, err := change(ctx, m.primary, "make user "+m.Name, append(command{"ACL", "SETUSER", m.Name, "reset"}, rules...)); err != nil {
		return err
	}
	if err := m.keepUser(ctx, rules); err != nil {
		return err
	}
	return m.outlives(ctx)
}

// outlives proves that the primary has the user after a restart.
func (m making) outlives(ctx context.Context) error {
	replies, err := rehearse(ctx, m.primary, "", command{"ACL", "USERS"})
	if err == nil && !slices.Contains(replies[0].Values(), m.Name) {
		err = fmt.Errorf("%s: after a restart it would not know user %s, which stands in %s", m.From(), m.Name, m.usersFile())
	}
	return err
}

// reach proves that a follower gets in at the new primary.
func (m *promotion) reach(s making) plan.Step {
	step := s.reach()
	step.Adopt = m.Adopt
	step.Do = func(ctx context.Context, _ plan.Progress) error {
		if ok, err := s.follows(ctx); err != nil || ok {
			return err
		}
		return s.loginWith(ctx, s.nextFile())
	}
	return step
}

// rejoin waits until the old primary follows. It had nothing that the new one has not, so it goes on from where it is.
func (m *promotion) rejoin() plan.Step {
	s := m.back
	return m.Step(plan.Step{
		ID: "rejoin", Title: "wait until the old primary follows " + m.Next.Node.Label, Lane: s.To(),
		Commands: []string{"INFO replication"},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     s.follows,
		Do: func(ctx context.Context, report plan.Progress) error {
			more, err := readSettings(ctx, m.Old, s.nextFile())
			if err != nil {
				return err
			}
			if len(more) > 0 { // a run that takes another one up may have made a new password
				if err := editDropIn(ctx, m.Old, func(have []conf.Setting) []conf.Setting { return with(have, more...) }); err != nil {
					return err
				}
			}
			w := s.newWatch(ctx)
			if answers(ctx, s.target) != nil {
				if err := s.begin(ctx, "start"); err != nil {
					return err
				}
			} else if err := s.connect(ctx); err != nil {
				return err
			}
			return w.follow(ctx, report)
		},
	}, s.To())
}

// claim makes the lost primary's user on the new one: by it the server is known for what it was when it comes back.
func (m *promotion) claim() plan.Step {
	return m.Step(plan.Step{
		ID: "claim." + m.back.To(), Title: "make user " + m.back.Name + ", by which " + m.back.To() + " is known when it comes back",
		Commands: []string{fmt.Sprintf("ACL SETUSER %s reset on #… %s", m.back.Name, strings.Join(rights, " "))},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done:     func(ctx context.Context) (bool, error) { return m.back.kept(ctx) },
		Do:       func(ctx context.Context, _ plan.Progress) error { return m.back.setUser(ctx, rand.Text()+rand.Text()) },
	}, m.Next.Node.Label)
}

// turn makes another replica follow the new primary.
func (m *promotion) turn(s making) plan.Step {
	return m.Step(plan.Step{
		ID: "turn", Title: "follow " + m.Next.Node.Label, Lane: s.To(),
		Commands: []string{"to " + s.tn.dropIn() + ": " + s.followSettings()[0].Line() + " …", "REPLICAOF " + s.Link.Address + " …"},
		Undo:     plan.Permanent(m.Next.Node.Label + " is the primary now"),
		Done: func(ctx context.Context) (bool, error) {
			if there, err := s.Target.Seen(ctx, s.nextFile()); err != nil || there {
				return false, err
			}
			return s.follows(ctx)
		},
		Do: func(ctx context.Context, report plan.Progress) error {
			more, err := readSettings(ctx, s.target, s.nextFile())
			if err != nil {
				return err
			}
			if s.Between {
				if err := s.putCertificates(ctx); err != nil {
					return err
				}
			}
			if len(more) > 0 { // else an earlier run has written it
				if err := editDropIn(ctx, s.target, func(have []conf.Setting) []conf.Setting { return with(have, more...) }); err != nil {
					return err
				}
			}
			w := s.newWatch(ctx)
			if err := s.connect(ctx); err != nil {
				return err
			}
			if err := w.follow(ctx, report); err != nil {
				return err
			}
			return replica.DropState(ctx, s.target.Node.Runner, s.nextFile())
		},
	}, s.To())
}
