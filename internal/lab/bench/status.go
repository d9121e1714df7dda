package main

import "context"

// status measures the looking commands against one bare login.
func (b *bench) status(ctx context.Context) error {
	var status, check ratios
	login := []string{
		"-i", b.lab.Identity(), "-o", "UserKnownHostsFile=" + b.lab.KnownHosts(), "-o", "BatchMode=yes",
		"deploy@" + b.db1.External.String(), "true",
	}
	for range 3 * b.rounds {
		theirs, err := program(ctx, "ssh", login...)
		if err != nil {
			return err
		}
		ours, err := b.runBelt(ctx, "", "db", "status", b.target())
		if err != nil {
			return err
		}
		status.add(ours.elapsed, theirs.elapsed)
		if ours, err = b.runBelt(ctx, "", "check", b.target(), "--replica", "db2"); err != nil {
			return err
		}
		check.add(ours.elapsed, theirs.elapsed)
	}
	print("status / ssh true", "%s", status)
	print("check of two servers / ssh true", "%s", check)
	return nil
}
