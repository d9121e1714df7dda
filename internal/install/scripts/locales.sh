# Makes locales. $1 the note of those that were added, then "de_DE.UTF-8 UTF-8" and so on.
set -eu
note=$1
shift
for line in "$@"; do
	grep -qxF -- "$line" /etc/locale.gen 2>/dev/null && continue
	echo "$line" >>"$note"
	echo "$line" >>/etc/locale.gen
done
locale-gen >&2
