package mysql

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dbbelt/belt/internal/replica"
	"github.com/dbbelt/belt/pkg/remote"
	"github.com/dbbelt/belt/pkg/replication"
)

// optionsText is Belt's file of options. Both servers read the group [mysqld], and of several values the last one counts,
// whatever its group.
func optionsText(options map[string]string) string {
	var b strings.Builder
	b.WriteString("# Written by Belt, for replication. Belt writes it anew, and removes it when it is no longer needed.\n[mysqld]\n")
	for _, name := range slices.Sorted(maps.Keys(options)) {
		fmt.Fprintf(&b, "%s = %s\n", name, options[name])
	}
	return b.String()
}

// writeOptions puts the options into Belt's file, or removes it when there are none. Where they name a certificate of Belt's
// it is there before them.
func writeOptions(ctx context.Context, f replication.Facts, options map[string]string) error {
	n := nativeOf(f)
	if n.DropIns == "" {
		return fmt.Errorf("%s: no file of options includes a folder: there is no place for Belt's own", f.Node.Label)
	}
	if len(options) == 0 {
		return replica.DropState(ctx, f.Node.Runner, n.dropIn())
	}
	if options["ssl_cert"] == serverCert(n) {
		if err := instanceOf(f).MakeCertificate(ctx, serverCert(n), serverKey(n), f.Node.Internal, f.Node.External); err != nil {
			return err
		}
	}
	return remote.WriteFile(ctx, f.Node.Runner, "root", n.dropIn(), []byte(optionsText(options)), remote.Attr{Mode: 0o644})
}

// option is one that Belt wants to have an effect.
type option struct {
	name  string
	text  string // as it stands in the file
	value string // as the server shows it
}

// optionTexts are the options as a file has them.
func optionTexts(list []option) map[string]string {
	out := map[string]string{}
	for _, o := range list {
		out[o.name] = o.text
	}
	return out
}

// inForce is a query for the value of an option and where it comes from.
func (n *native) inForce(name string) string {
	if n.flavour == mariaDB {
		return "SELECT CONCAT(COALESCE(global_value, ''), '\t', LOWER(global_value_origin), ' ', COALESCE(global_value_path, '')) " +
			"FROM information_schema.system_variables WHERE variable_name = " + quoted(name)
	}
	return "SELECT CONCAT(v.variable_value, '\t', LOWER(i.variable_source), ' ', i.variable_path) FROM performance_schema.global_variables v " +
		"JOIN performance_schema.variables_info i USING (variable_name) WHERE variable_name = " + quoted(name)
}

// optionsHold tells whether the running server uses these values, and what wins where it does not: a file that is read
// later, SET PERSIST, the command line.
func optionsHold(ctx context.Context, f replication.Facts, wanted []option) error {
	n := nativeOf(f)
	queries := make([]string, 0, len(wanted))
	for _, o := range wanted {
		queries = append(queries, n.inForce(o.name))
	}
	answers, err := askAll(ctx, f, "read the options back", queries...)
	if err != nil {
		return err
	}
	return firstOther(f, wanted, answers)
}

// firstOther names the first option that is not as wanted, and where its value comes from.
func firstOther(f replication.Facts, wanted []option, answers []string) error {
	for i, o := range wanted {
		if value, source, _ := strings.Cut(answers[i], "\t"); !sameValue(value, o.value) {
			return fmt.Errorf("%s: %s is %q and not %q: it is set by %s", f.Node.Label, o.name, value, o.value, strings.TrimSpace(source))
		}
	}
	return nil
}

// sameValue compares values as the servers show them: a switch is ON or 1, a number may have decimals (MariaDB's
// expire_logs_days).
func sameValue(a, b string) bool {
	plain := func(s string) string {
		switch s = strings.ToUpper(strings.TrimSpace(s)); s {
		case "1", "YES":
			return "ON"
		case "0", "NO":
			return "OFF"
		}
		if whole, rest, ok := strings.Cut(s, "."); ok && strings.Trim(rest, "0") == "" {
			return whole
		}
		return s
	}
	return plain(a) == plain(b)
}
