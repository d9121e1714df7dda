# stage.sh FILE IDENTITY SIZE: puts the content on stdin, complete and on the disk, beside FILE. Says its identity.
set -eu
f=$(real "$1")
[ "$(identity "$f")" = "$2" ] || fail "$f was changed by somebody else at this very moment"
new=$f.belt-new
[ ! -d "$new" ] || fail "$new is a folder"
rm -f -- "$new" # of a run that did not come to its end
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
# Never through a link that somebody else may have put there: noclobber opens with O_EXCL.
(set -C && cat >"$new")
got=$(wc -c <"$new")
[ "$got" -eq "$3" ] || fail "only $got of $3 bytes arrived" # a connection that breaks ends the input early
if [ -e "$f" ]; then
	# ACLs, extended attributes, the SELinux context: where the system has them
	cp --attributes-only --preserve=all -- "$f" "$new" 2>/dev/null || true
	touch -- "$new"
	chown --reference="$f" -- "$new"
	chmod --reference="$f" -- "$new"
else
	chown --reference="$(dirname -- "$f")" -- "$new"
fi
sync -- "$new"
trap - EXIT
identity "$new"
