# What is shown, and how: sourced by demo.sh and picture.sh.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' cyan=$'\e[36m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
else
  bold='' dim='' cyan='' green='' red='' off=''
fi

die() {
  echo "demo: $*" >&2
  exit 2
}

# replicated are the engines that belt replicates, as its source says.
replicated() {
  grep -o 'inventory\.[A-Za-z]*:' "$root/internal/cli/production.go" | sed -e 's/inventory\.//' -e 's/://' | tr '[:upper:]' '[:lower:]' | tr '\n' ' ' | sed 's/ $//'
}

# lab_name is that of the engine's demo.
lab_name() { [ "$ENGINE" = postgresql ] && echo demo || echo "demo-$ENGINE"; }

product() {
  case $ENGINE in
    postgresql) echo PostgreSQL ;;
    redis) echo Redis ;;
    valkey) echo Valkey ;;
    mariadb) echo MariaDB ;;
    mysql) echo MySQL ;;
    mongodb) echo MongoDB ;;
    *) echo "$ENGINE" ;;
  esac
}

unit() {
  case $ENGINE in
    postgresql) echo "'postgresql@*'" ;;
    redis | valkey) echo "$ENGINE-server" ;;
    mongodb) echo mongod ;;
    *) echo "$ENGINE" ;;
  esac
}

title() { printf '\n%s── %s%s\n' "$bold$cyan" "$*" "$off"; }

# note explains, a line an argument.
note() {
  local line
  for line in "$@"; do printf '%s   %s%s\n' "$dim" "$line" "$off"; done
}

# prompt shows a command as one would type it.
prompt() { printf '\n%s$ %s%s\n' "$bold" "$*" "$off"; }

# run shows a command and runs it; that it fails ends the demo.
run() {
  failing="$*"
  prompt "$@"
  "$@"
}

# run_first shows the first lines of what a command prints, none longer than the terminal.
run_first() {
  local lines=$1
  shift
  failing="$*"
  prompt "$* | head -n $lines"
  "$@" | sed -n -E "1,${lines}s/^(.{$(tput cols 2>/dev/null || echo 80)}).*/\1/;1,${lines}p"
}

# ssh reaches the servers by the names that write_ssh_config gave them.
ssh() { command ssh -F ssh_config -n "$@"; }

# write_ssh_config names the lab's servers as belt.yaml does; those of shop-eu begin with eu-.
write_ssh_config() {
  awk -v dir="$PWD" '
    BEGIN {
      print "# ssh -F ssh_config db1"
      print "Host *\n  User deploy\n  IdentityFile \"" dir "/id_ed25519\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"" dir "/known_hosts\"\n  LogLevel ERROR"
    }
    /^  [a-z-]+:$/ { app = $1; prefix = app == "shop:" ? "" : "eu-" }
    /\{address:/ {
      name = $1; address = $3
      sub(/:$/, "", name); sub(/,$/, "", address)
      print "Host " prefix name "\n  HostName " address
    }' belt.yaml >ssh_config
}

# show_boot passes on what labctl says of images and servers.
show_boot() { sed -u -e '/^belt.yaml:/d' -e '/^to log in:/d' -e 's/^/   /'; }

# application_file puts a file of an application's own on a web server, as if the app were deployed.
application_file() {
  ssh "$1" "sudo sh -c 'mkdir -p /etc/shop && printf \"%s\\n\" \"# deployed with the app\" WEB_CONCURRENCY=4 \"GREETING=\\\"Hello, shop\\\"\" >/etc/shop/database.env && chmod 600 /etc/shop/database.env'"
}

# remember keeps the file of each server, and changed shows what became of it.
remember() {
  local web
  for web in "$@"; do ssh "$web" sudo cat /etc/shop/database.env >"$web.before"; done
}

changed() {
  failing="compare the file of $1"
  prompt "ssh $1 sudo cat /etc/shop/database.env | diff -u0 $1.before -"
  local differences
  differences=$(ssh "$1" sudo cat /etc/shop/database.env | diff --label before --label now -U0 "$1.before" - || [ $? = 1 ])
  [ -n "$differences" ] || { echo "nothing changed" >&2; return 1; }
  printf '%s\n' "$differences" | sed -e '/^---/d' -e '/^+++/d' -e '/^@@/d' -e "s/^+.*/$green&$off/" -e "s/^-.*/$red&$off/"
}

next_steps() {
  local EU=-eu
  [ "$ENGINE" != mongodb ] || EU=''
  cat <<END

   cd ${PWD#"$root/"}                                    ${dim}# belt.yaml is here${off}
   export PATH=$root/bin:\$PATH

   belt db status --watch                           ${dim}# Ctrl-C ends it${off}
   ssh -F ssh_config db2 "sudo systemctl stop $(unit)"
   belt db replicate resync shop/$ENGINE         ${dim}# the cheapest way${off}
   belt db replicate undo shop/$ENGINE --replica db2
   belt db replicate disable shop$EU/$ENGINE
   belt env diff shop
   belt log

   make demo-down ENGINE=$ENGINE                 ${dim}# removes it all${off}
END
}

on_exit() {
  local code=$? what=${failing:-}
  [ "$code" = 0 ] && return
  stop_writers 2>/dev/null || :
  if [ "$code" = 130 ]; then
    printf '\n%sdemo: interrupted.%s make demo-down removes the servers\n' "$red" "$off" >&2
  elif [ "$code" != 2 ] || [ -n "$what" ]; then
    printf '\n%sdemo: FAILED with exit code %s: %s%s\n' "$red" "$code" "${what:-booting the lab}" "$off" >&2
    echo "the servers stay up: labctl status lists them, make demo-down removes them" >&2
  fi
}
