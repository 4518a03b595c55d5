#!/bin/sh
# Installs tauri-driver, which lets tests drive the app's windows, into the folder given; silent when it is there.
set -eu
root=$1
version=2.1.0
[ -x "$root/bin/tauri-driver" ] && grep -q "\"tauri-driver $version " "$root/.crates.toml" 2>/dev/null && exit 0
printf 'setup: building tauri-driver %s into %s (once)\n' "$version" "$root" >&2
# Its own target folder: the cache of the app must not depend on what tools were built with.
CARGO_TARGET_DIR="$root/build" cargo install tauri-driver --version "$version" --locked --force --root "$root"
rm -rf "$root/build"
