# Which packages own files. $1…: paths, or names of systemd units with "unit:" before them.
command -v dpkg-query >/dev/null 2>&1 || exit 0
for f in "$@"; do
	path=$f
	case $f in unit:*) path=$(systemctl show -p FragmentPath --value "${f#unit:}" 2>/dev/null) ;; esac
	[ -n "$path" ] || continue
	# Since the merge of /usr the database may know a file by its old name.
	for p in "$path" "${path#/usr}" "$(readlink -f "$path")"; do
		owner=$(dpkg-query -S "$p" 2>/dev/null | sed -n 's/^\([a-z0-9][^ :,]*\)[^ ]*: .*/\1/p' | head -n 1)
		[ -z "$owner" ] || break
	done
	[ -z "$owner" ] || echo "$owner"
done
exit 0
