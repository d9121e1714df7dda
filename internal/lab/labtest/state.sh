# Prints "WHAT<tab>VALUE" for everything on the server that Belt could have changed. Runs as root.
set -u
files() { # mode, owner and target of each, and a sum of what each file holds
  find "$@" -printf '%p\t%y %m %u:%g %l\n' 2>/dev/null
  find "$@" -type f -print0 2>/dev/null | xargs -0r sha256sum 2>/dev/null | sed 's/^\([0-9a-f]\{16\}\)[0-9a-f]*  \(.*\)/content of \2\t\1/'
}
# What the system itself writes at any time is left out.
files /etc /home /root /var/lib/belt /var/spool/cron -not -name '*.cache' -not -path '*/.cache*' -not -name '.bash_history'
files /tmp /var/tmp -mindepth 1 -not -path '*/systemd-private-*' -not -path '/tmp/.*-unix*'
# The engine's own folders: one "FOLDER CONDITION…" an argument, patterns unexpanded but in the folder.
set -f
for folder; do
  set -- $folder
  top=$1
  shift
  set +f
  files $top "$@"
  set -f
done
set +f
systemctl list-units --all --no-legend --plain 'belt*' 2>/dev/null | awk '{print "unit " $1 "\tthere"}'
for pid in $(grep -lzE '^BELT_JOB=' /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
  printf 'process of a job\t%s\n' "$(tr '\0' ' ' < "/proc/$pid/cmdline" | cut -c1-100)"
done
