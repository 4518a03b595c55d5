#!/bin/sh
# Runs one step under a heading and says how long it took:  step.sh "HEADING" COMMAND [ARGUMENT]...
heading=$1
shift
printf '\n=== %s\n' "$heading"
start=$(date +%s)
"$@"
status=$?
took=$(($(date +%s) - start))
if [ "$status" -eq 0 ]; then
  printf '=== %s: done in %s s\n' "$heading" "$took"
else
  printf '=== %s: FAILED after %s s (exit %s)\n' "$heading" "$took" "$status" >&2
fi
exit "$status"
