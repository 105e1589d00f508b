#!/bin/sh
# Everything that has to hold before a change lands: format, lint, types, layers, dead code, and the tests.
# --without-tests leaves the tests out, for those who have just run them.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
node="sh scripts/node.sh"
echo '== format and lint'
node_modules/.bin/biome ci --colors=off --error-on-warnings .
echo '== types'
$node node_modules/tsgo/bin/tsc -p .
echo '== layers'
$node node_modules/dependency-cruiser/bin/dependency-cruiser.mjs --config .dependency-cruiser.cjs src
echo '== dead code'
$node node_modules/knip/bin/knip.js
if [ "${1:-}" != --without-tests ]; then
  echo '== tests'
  sh scripts/test.sh
fi
