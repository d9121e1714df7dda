package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// schedule prints what takes a backup every night, and proves one every week.
func (b *belt) schedule(how, target string) error {
	inv, err := b.inventory()
	if err != nil {
		return err
	}
	t, err := inv.Target(target)
	if err != nil {
		return err
	}
	if t.App.Backups.Server == "" {
		return &flagError{text: "app " + t.App.Name + " has no backups: in belt.yaml", fix: "write backups: {server: NAME, directory: /var/backups/belt, keep: 14}"}
	}
	program, err := os.Executable() // cron looks for programs in few places
	if err != nil {
		program = "belt"
	}
	run := fmt.Sprintf("%s --file %s --yes --quiet db backup", shellWord(program), shellWord(inv.Path))
	create, verify := run+" create "+t.String(), run+" verify "+t.String()
	name := "belt-backup-" + strings.ReplaceAll(t.String(), "/", "-")
	switch how {
	case "cron":
		b.say("# A backup every night, and every Sunday the proof that it can be restored. For crontab -e.",
			"15 2 * * * "+strings.ReplaceAll(create, "%", `\%`), "15 5 * * 0 "+strings.ReplaceAll(verify, "%", `\%`))
	case "systemd":
		b.say("# /etc/systemd/system/"+name+".service",
			"[Unit]", "Description=Backup of "+t.String(), "", "[Service]", "Type=oneshot", "ExecStart="+strings.ReplaceAll(create, "%", "%%"), "",
			"# /etc/systemd/system/"+name+".timer",
			"[Unit]", "Description=Backup of "+t.String()+" every night", "", "[Timer]", "OnCalendar=*-*-* 02:15", "RandomizedDelaySec=10m", "Persistent=true", "",
			"[Install]", "WantedBy=timers.target", "", "# then: systemctl enable --now "+name+".timer")
	default:
		return &flagError{text: fmt.Sprintf("--schedule %q: it is cron or systemd", how)}
	}
	return nil
}

// shellWord is a path as a shell and systemd read it.
func shellWord(s string) string {
	if !slices.ContainsFunc([]rune(s), func(r rune) bool { return strings.ContainsRune(" '\"\\$`&;|<>()*?[]#~!{}", r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
