#!/bin/sh
# Runs end-to-end tests of the built app; a name that matches none of them is a failure, not a success.
#
#   stories.sh [ARGUMENT OF THE TEST BINARY]...
#
# Wants CALLSIDE_TOOLS (where tauri-driver is); passes all CALLSIDE_ variables on.
set -eu
said=$(mktemp)
trap 'rm -f "$said"' EXIT
failed=0
# The status of cargo gets lost in a pipe without `pipefail`, which plain sh lacks.
{
  CALLSIDE_E2E=1 cargo test --workspace --features tauri/custom-protocol --test e2e -- "$@" || echo "exit: failed"
} 2>&1 | tee "$said"
grep -qx 'exit: failed' "$said" && failed=1
if [ "$failed" -eq 0 ] && ! grep -q '^test result: ok\. [1-9]' "$said"; then
  echo "no end-to-end test is named so: $*" >&2
  failed=1
fi
exit "$failed"
