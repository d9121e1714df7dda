# owed.sh FILE DIR KEY [APPLY]: ends what an earlier run began: a staged file that nobody will switch goes, and APPLY is
# run where it is owed.
set -eu
f=$(real "$1") owed=$2/env-owed/$3 apply=${4-}
[ -d "$f.belt-new" ] || rm -f -- "$f.belt-new"
[ -e "$owed" ] || exit 0
if [ -n "$apply" ]; then run_apply; else rm -f "$owed"; fi
