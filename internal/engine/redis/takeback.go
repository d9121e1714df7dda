package redis

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dbbelt/belt/internal/engine/redis/conf"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// unfollow takes Belt's file out of the configuration of a replica that is to be none from its next start on, and what
// else makes it one.
func (m making) unfollow(ctx context.Context) error {
	have, err := readDropIn(ctx, m.target)
	if err != nil {
		return err
	}
	if err := takeBack(ctx, m.target, have, m.beforeBoth(), true); err != nil {
		return err
	}
	return included(ctx, m.target, false)
}

// takeBack takes out of the operator's own files what they say because Belt's does: CONFIG REWRITE, by somebody else's hand,
// copies what came from included files into the main one, and there it would outlive Belt's. before are the values to put in
// their place. A server that leaves replication loses every replicaof with it, or its next start would have it follow again,
// and drop its data for that.
func takeBack(ctx context.Context, f replication.Facts, mine []conf.Setting, before saved, leaves bool) error {
	now, err := readConf(ctx, f)
	if err != nil {
		return err
	}
	edits := map[string]map[int]string{}
	for _, d := range now {
		if d.File == nativeOf(f).dropIn() {
			continue
		}
		if with, is := instead(d, mine, before, leaves); is {
			if edits[d.File] == nil {
				edits[d.File] = map[int]string{}
			}
			edits[d.File][d.Line] = with
		}
	}
	for _, file := range slices.Sorted(maps.Keys(edits)) {
		text, err := remote.ReadFile(ctx, f.Node.Runner, "root", file)
		if err != nil {
			return err
		}
		changed := string(text)
		lines := slices.Sorted(maps.Keys(edits[file]))
		for _, line := range slices.Backward(lines) { // the last one first, or the numbers would not fit any more
			changed = conf.Replace(changed, line, edits[file][line])
		}
		if err := remote.WriteFile(ctx, f.Node.Runner, "root", file, []byte(changed), remote.Attr{Keep: true}); err != nil {
			return err
		}
	}
	return nil
}

// instead is the line to have in the place of a directive; an empty one takes it out.
func instead(d conf.Directive, mine []conf.Setting, before saved, leaves bool) (with string, is bool) {
	if d.Name == "replicaof" {
		return "", leaves && follows(d)
	}
	i := slices.IndexFunc(mine, func(s conf.Setting) bool { return conf.Canonical(s.Name) == d.Name && same(s, d) })
	if i < 0 {
		return "", false
	}
	was := before[mine[i].Name]
	if was == d.Value() {
		return "", false
	}
	if was == "" {
		return "", true
	}
	return settingChange{name: mine[i].Name, to: was}.setting().Line(), true
}

// forgetPassword gives a running server the password for a primary that its operator's own files have, which is mostly none.
func forgetPassword(ctx context.Context, f replication.Facts) (command, error) {
	now, err := readConf(ctx, f)
	own := now[:0:0]
	for _, d := range now {
		if d.File != nativeOf(f).dropIn() {
			own = append(own, d)
		}
	}
	return command{"CONFIG", "SET", "masterauth", own.Value("masterauth")}, err
}

// follows tells whether the directive makes the server a replica.
func follows(d conf.Directive) bool {
	return d.Name == "replicaof" && !strings.EqualFold(d.Value(), "no one")
}

// followsByFile tells whether a line of the files makes the server a replica at its next start.
func followsByFile(ctx context.Context, f replication.Facts) (bool, error) {
	now, err := readConf(ctx, f)
	if err != nil {
		return false, err
	}
	d, there := now.Last("replicaof")
	return there && follows(d), nil
}

// same tells whether both give a setting one value. Sizes are rewritten as "512mb".
func same(s conf.Setting, d conf.Directive) bool {
	value := strings.Join(s.Args, " ")
	return value == d.Value() || len(s.Args) == 1 && len(d.Args) == 1 && bytesOf(value) > 0 && bytesOf(value) == bytesOf(d.Value())
}

// bytesOf reads a size as a configuration may have it ("64mb"; config.c, memtoull); -1 when it is none.
func bytesOf(text string) int64 {
	text = strings.ToLower(text)
	digits := strings.TrimRight(text, "bkmg")
	units := map[string]int64{"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}
	n, err := strconv.ParseInt(digits, 10, 64)
	unit, known := units[text[len(digits):]]
	if err != nil || !known {
		return -1
	}
	return n * unit
}
