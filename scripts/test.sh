#!/bin/sh
# Runs the tests: the units in one process, the conformance catalogue in another with one server for all its cases, then the
# other tests, a process per file.
# Arguments name files to run instead of all.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
node="sh scripts/node.sh --disable-warning=ExperimentalWarning"
if [ $# -gt 0 ]; then
  exec $node --test --test-reporter=spec "$@"
fi
$node --test --test-force-exit --test-reporter=dot --test-isolation=none "src/**/*.test.ts" "scripts/**/*.test.ts"
$node --test --test-force-exit --test-reporter=spec --test-isolation=none "test/conformance/*.test.ts"
$node --test --test-force-exit --test-reporter=spec --test-concurrency=1 "test/!(conformance)/**/*.test.ts"
