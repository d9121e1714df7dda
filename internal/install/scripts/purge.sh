# Takes away the packages that the note names. $1 the note.
set -eu
[ -s "$1" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a >&2 || :
# Only what is there: a run may have been cut off before it installed everything.
there=
while read -r p; do
	if dpkg-query -W "$p" >/dev/null 2>&1; then there="$there $p"; fi
done <"$1"
# shellcheck disable=SC2086
[ -z "$there" ] || apt-get -y -qq -o DPkg::Lock::Timeout=600 purge $there >&2
: >"$1"
