#!/bin/sh
# Names the folder for cargo's output. A build server starts from a fresh clone each time, so there it is a folder that
# outlives the clone; at home it is plain `target`.
set -eu
if [ "${CI:-}" != true ] || [ -n "${CARGO_TARGET_DIR:-}" ]; then
  echo "${CARGO_TARGET_DIR:-target}"
  exit 0
fi
cache=${HOME:-/nonexistent}/.cache/callside/target
stamp="$cache/.callside-cache"
# Another compiler's output is only ballast, and so is a cache that has grown without end or was never finished.
now="2 $(rustc --version 2>/dev/null || echo none)"
if [ -d "$cache" ] && [ "$(cat "$stamp" 2>/dev/null)" != "$now" ]; then rm -rf "$cache"; fi
if [ -d "$cache" ] && [ "$(du -sm "$cache" | cut -f1)" -gt 25000 ]; then rm -rf "$cache"; fi
if mkdir -p "$cache" 2>/dev/null && printf '%s\n' "$now" >"$stamp" 2>/dev/null; then echo "$cache"; else echo target; fi
