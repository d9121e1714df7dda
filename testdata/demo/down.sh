#!/usr/bin/env bash
# Removes the servers of the demo of one engine, or of all with ENGINE=all: make demo-down.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
. testdata/demo/stage.sh
ENGINES=${ENGINE:-postgresql}
[ "$ENGINES" != all ] || ENGINES=$(replicated)
code=0
for ENGINE in $ENGINES; do
  name=${NAME:-$(lab_name)}
  go run ./internal/lab/labctl down --name "$name" || code=$?
  rm -rf ".lab/$name"
done
exit "$code"
