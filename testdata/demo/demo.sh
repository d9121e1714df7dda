#!/usr/bin/env bash
# Belt's main job on real servers, before your eyes: make demo.
#
# Boots the lab, keeps two writers writing to the database of one app, and gives it a replica within the app and one in
# another app. Any step that fails ends it with that step's exit code. The lab stays up, to play with.
#
#   SIZE=1000       megabytes of pgbench data (100)
#   SUITE=trixie    the servers' Debian, and so the version of the database (bookworm)
#   ENGINE=…        the database (postgresql, the only one so far)
#   NAME, DIR       of the lab (demo, .lab/demo)
#   BOOT=no         take the servers that are up: they have to be new ones
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD here=$PWD/testdata/demo
. "$here/stage.sh"

SIZE=${SIZE:-100} SUITE=${SUITE:-bookworm} ENGINE=${ENGINE:-postgresql} NAME=${NAME:-demo}
DIR=${DIR:-$PWD/.lab/$NAME}
case $ENGINE in
  postgresql) ;;
  mysql | mariadb | redis | valkey | mongodb) die "ENGINE=$ENGINE: Belt does not replicate it yet; so far there is postgresql" ;;
  *) die "ENGINE=$ENGINE: there is postgresql" ;;
esac
[[ $SIZE =~ ^[0-9]+$ ]] || die "SIZE=$SIZE: a number of megabytes"

. "$here/writers.sh"
trap on_exit EXIT
trap 'exit 130' INT TERM

mkdir -p bin
[ -x bin/belt ] || make -s build
go build -o bin/labctl ./internal/lab/labctl
PATH=$PWD/bin:$PATH

began=$SECONDS
title "Six servers of two apps"
note "Debian $SUITE with systemd, sshd and its own PostgreSQL, in containers." \
  "The first time their image is built, which takes some minutes."
if [ "${BOOT:-yes}" = yes ]; then
  # What cannot be removed is used again.
  labctl down --name "$NAME" --dir "$DIR" || note "going on: what is left of the old lab is used again"
fi
labctl up --name "$NAME" --dir "$DIR" --suite "$SUITE" --size "$SIZE" 2>&1 | show_boot
cd "$DIR"
# Paths in belt.yaml are relative to its folder; and no line shall be longer than a terminal.
sed -i -e "s|$PWD/||" -e 's|^\( *\)credentials: {|\1credentials:\n\1  {|' belt.yaml
write_ssh_config
for web in web1 web2 eu-web1; do application_file "$web"; done
start_writers

title "The app, as it runs now"
note "db1 has $(size_of_shop) of data. From now on pgbench writes to it, and so does" \
  "a witness on web1, who numbers its rows and looks for them at the end."
run cat belt.yaml
echo
note "web1 has a file of variables that its application reads."
run ssh web1 sudo cat /etc/shop/database.env
remember web1 eu-web1

title "Is everything there that a replica needs?"
run belt check shop/postgresql --replica db2

title "What would be done"
note "Every step with its commands, and how it is undone. Here are the first."
run_first 25 belt db replicate enable shop/postgresql --replica db2 --dry-run

title "Do it"
run belt db replicate enable shop/postgresql --replica db2 --yes
run belt db status

title "Is it an exact copy? Every row is compared, while the writers write"
run belt db replicate verify shop/postgresql

title "What web1's application reads now"
changed web1

title "A replica in another app, encrypted, over the external address"
run belt db replicate enable shop-eu/postgresql --from shop/postgresql --yes
run belt db status
run belt db replicate verify shop-eu/postgresql
changed eu-web1

title "What the writers on db1 saw of all this"
stop_writers
proof

title "Done in $((SECONDS - began)) seconds. The servers stay up: play"
next_steps
