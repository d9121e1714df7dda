set -u
cd /
put() { printf '%s=%s\n' "$1" "$2"; }
one_line() { tr '\n' ' ' | sed 's/ *$//'; }

put hostname "$(cat /proc/sys/kernel/hostname)"
put machine_id "$(cat /etc/machine-id 2>/dev/null)"
put arch "$(uname -m)"
put os "$(. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME:-}")"
put glibc "$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)"
put cores "$(nproc)"
put memory_kb "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)"
put clock "$(date +%s.%N)"
[ -d /run/systemd/system ] && put systemd yes
put addresses "$(ip -o addr 2>/dev/null | awk '{sub("/.*","",$4); print $4}' | one_line)"

