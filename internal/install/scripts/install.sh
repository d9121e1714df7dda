# Installs packages, and notes first which of them are new. $1 the note, then NAME or NAME=VERSION.
set -eu
note=$1
shift
export DEBIAN_FRONTEND=noninteractive
# What a cut-off run left half configured.
dpkg --configure -a >&2
apt-get -s -qq -o DPkg::Lock::Timeout=600 install --no-install-recommends --no-remove "$@" |
	awk '$1 == "Inst" && $3 !~ /^\[/ {print $2}' >"$note.new"
cat "$note" "$note.new" 2>/dev/null | grep . | sort -u >"$note.all" || :
mv -f "$note.all" "$note"
rm -f "$note.new"
sync "$note"
apt-get -y -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold \
	install --no-install-recommends --no-remove "$@" >&2
