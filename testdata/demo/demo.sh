#!/usr/bin/env bash
# Belt's main job on real servers, before your eyes: make demo.
#
# Boots the lab, keeps two writers writing to the database of one app, and gives it a replica within the app and one in
# another app. Any step that fails ends it with that step's exit code. The lab stays up, to play with.
#
#   SIZE=1000       megabytes of data (100)
#   ENGINE=redis    the database: postgresql (the usual one), redis, valkey, mariadb, mysql, mongodb, or all of them in turn
#   BELT_LAB_MONGOD=/path/to/mongod   for mongodb, which Debian does not have
#   SUITE=trixie    the servers' Debian, and so the version of the database (bookworm, or the oldest that has it)
#   NAME, DIR       of the lab (demo, .lab/demo; with the engine where that is not postgresql)
#   BOOT=no         take the servers that are up: they have to be new ones
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD here=$PWD/testdata/demo
. "$here/stage.sh"

SIZE=${SIZE:-100} ENGINE=${ENGINE:-postgresql}
if [ "$ENGINE" = all ]; then
  # An engine after the other, each from scratch; the servers of the last one stay up.
  last=''
  for engine in $(replicated); do
    [ "$engine" != mongodb ] || [ -n "${BELT_LAB_MONGOD:-}" ] || { echo "demo: MongoDB is left out: make demo ENGINE=mongodb says why"; continue; }
    [ -z "$last" ] || NAME='' ENGINE=$last "$here/down.sh"
    ENGINE=$engine NAME='' DIR='' SUITE='' "$here/demo.sh"
    last=$engine
  done
  exit
fi
if [ "$ENGINE" = mongodb ] && [ ! -x "${BELT_LAB_MONGOD:-}" ]; then
  [ -z "${BELT_LAB_MONGOD:-}" ] || die "BELT_LAB_MONGOD=$BELT_LAB_MONGOD is no program"
  die "MongoDB is not in Debian: the demo needs a mongod for Debian 12. Get mongodb-org-server from MongoDB's repository" \
    "(https://www.mongodb.com/docs/manual/administration/install-community/), unpack it with dpkg -x, and:" \
    "make demo ENGINE=mongodb BELT_LAB_MONGOD=/path/to/usr/bin/mongod"
fi
case " $(replicated) " in
  *" $ENGINE "*) ;;
  *) die "ENGINE=$ENGINE: Belt does not replicate it; there is $(replicated)" ;;
esac
NAME=${NAME:-$(lab_name)}
DIR=${DIR:-$PWD/.lab/$NAME}
[[ $SIZE =~ ^[0-9]+$ ]] || die "SIZE=$SIZE: a number of megabytes"

. "$here/writers.sh"
trap on_exit EXIT
trap 'exit 130' INT TERM

mkdir -p bin
[ -x bin/belt ] || make -s build
go build -o bin/labctl ./internal/lab/labctl
PATH=$PWD/bin:$PATH
SUITE=${SUITE:-$(labctl suites --engine "$ENGINE" | cut -d ' ' -f 1)}

began=$SECONDS
title "Six servers of two apps"
note "Debian $SUITE with systemd, sshd and its own $(product), in containers." \
  "The first time their image is built, which takes some minutes."
if [ "${BOOT:-yes}" = yes ]; then
  # What cannot be removed is used again.
  labctl down --name "$NAME" --dir "$DIR" || note "going on: what is left of the old lab is used again"
fi
labctl up --name "$NAME" --dir "$DIR" --engine "$ENGINE" --suite "$SUITE" --size "$SIZE" 2>&1 | show_boot
cd "$DIR"
# Paths in belt.yaml are relative to its folder; and no line shall be longer than a terminal.
sed -i -e "s|$PWD/||" -e 's|^\( *\)credentials: {|\1credentials:\n\1  {|' belt.yaml
write_ssh_config
for web in web1 web2 eu-web1; do application_file "$web"; done
start_writers

title "The app, as it runs now"
note "db1 has $(labctl size --name "$NAME" --dir "$DIR") of data. From now on $load_by writes to it, and so does" \
  "a witness on web1, who numbers its rows and looks for them at the end."
run cat belt.yaml
echo
note "web1 has a file of variables that its application reads."
run ssh web1 sudo cat /etc/shop/database.env
remember web1 eu-web1

title "Is everything there that a replica needs?"
run belt check shop/$ENGINE --replica db2

title "What would be done"
note "Every step with its commands, and how it is undone. Here are the first."
run_first 25 belt db replicate enable shop/$ENGINE --replica db2 --dry-run

title "Do it"
run belt db replicate enable shop/$ENGINE --replica db2 --yes
run belt db status

title "Is it an exact copy? Every row is compared, while the writers write"
run belt db replicate verify shop/$ENGINE

title "What web1's application reads now"
changed web1

if [ "$ENGINE" != mongodb ]; then # a set is within one app
  title "A replica in another app, encrypted, over the external address"
  run belt db replicate enable shop-eu/$ENGINE --from shop/$ENGINE --yes
  run belt db status
  run belt db replicate verify shop-eu/$ENGINE
  changed eu-web1
fi

title "What the writers on db1 saw of all this"
stop_writers
proof

title "Done in $((SECONDS - began)) seconds. The servers stay up: play"
next_steps
