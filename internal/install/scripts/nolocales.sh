# Takes away the locales that the note names. $1 the note.
set -eu
[ -s "$1" ] || exit 0
if [ -e /etc/locale.gen ]; then
	grep -vxFf "$1" /etc/locale.gen >/etc/locale.gen.belt || :
	cat /etc/locale.gen.belt >/etc/locale.gen
	rm -f /etc/locale.gen.belt
	! command -v locale-gen >/dev/null 2>&1 || locale-gen >&2
fi
rm -f "$1"
