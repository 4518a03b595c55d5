#!/bin/sh
# Runs a command in a private session with an unlocked keychain of its own:  session.sh COMMAND [ARGUMENT]...
# Nothing of the real session (keychain, settings, running programs) is seen or touched by it.
set -eu
if [ "${1:-}" != inside ]; then
  room=$(mktemp -d "${TMPDIR:-/tmp}/callside-session-XXXXXX")
  trap 'rm -rf "$room"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -m 700 "$room/run"
  mkdir -p "$room/data" "$room/config" "$room/cache" "$room/state"
  # HOME stays: cargo and rustup live there.
  env XDG_RUNTIME_DIR="$room/run" XDG_DATA_HOME="$room/data" XDG_CONFIG_HOME="$room/config" \
    XDG_CACHE_HOME="$room/cache" XDG_STATE_HOME="$room/state" XDG_CURRENT_DESKTOP=GNOME \
    GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 \
    dbus-run-session -- "$0" inside "$@"
  exit $?
fi
shift
printf callside | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
keyring=$!
trap 'kill "$keyring" 2>/dev/null || true' EXIT
gdbus wait --session --timeout 20 org.freedesktop.secrets
"$@"
