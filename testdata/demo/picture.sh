#!/usr/bin/env bash
# Writes docs/plan.svg and docs/picture.svg: what a terminal of 80 columns shows of a real run on the servers that make
# demo left up. Replication ends there first, and then db2 becomes a replica again.
set -euo pipefail
cd "$(dirname "$0")/../.."
docs=$PWD/docs lab=$PWD/.lab/demo
[ -e "$lab/belt.yaml" ] || { echo "picture: the servers are not up: make demo" >&2; exit 2; }
PATH=$PWD/bin:$PATH
cd "$lab"
# One replica is enough for a picture.
belt db replicate disable shop-eu/postgresql --yes --quiet
belt db replicate disable shop/postgresql --yes --quiet
belt db replicate cleanup shop/postgresql --yes --quiet
belt db replicate cleanup shop-eu/postgresql --yes --quiet

session=belt-picture-$$
scene='
  show() { printf "\e[1m$ %s\e[0m\n" "$*"; "$@" || exit; }
  clear
  show belt db replicate enable shop/postgresql --replica db2
  echo
  show belt db status shop
  echo
  show belt db replicate verify shop/postgresql
  echo the end; sleep 60
'
tmux new-session -d -s "$session" -x 80 -y 100 bash -c "$scene"
trap 'tmux kill-session -t "$session" 2>/dev/null || :' EXIT

screen() { tmux capture-pane -t "$session" -e -p; }

# shows waits until the terminal shows a line that begins with $1.
shows() {
  local i
  for ((i = 0; i < 3000; i++)); do
    if tmux capture-pane -t "$session" -p | grep -q "^$1"; then return; fi
    sleep 0.2
  done
  echo "picture: waited for \"$1\" in vain:" >&2
  screen >&2
  return 1
}

shows 'Go on?'
screen >plan.capture
tmux send-keys -t "$session" y Enter
shows 'the end'
screen | sed -e '/^the end/,$d' >run.capture
grep -q 'equal (' run.capture

cd "$docs/.."
go run ./internal/picture "belt: the plan" <"$lab/plan.capture" >"$docs/plan.svg"
# The second picture begins where the first one ends.
sed -n '/Go on?/,$p' "$lab/run.capture" | tail -n +2 |
  { printf '\e[1m$ belt db replicate enable shop/postgresql --replica db2\e[0m\n'; cat; } |
  go run ./internal/picture "belt" >"$docs/picture.svg"
