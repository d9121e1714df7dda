# discard.sh FILE STAGED: removes the staged file, provided that it is this run's.
f=$(real "$1")
[ "$(identity "$f.belt-new")" != "$2" ] || rm -f -- "$f.belt-new"
