#!/bin/sh
# Checks the two things that Callside does not install: Rust and Node. Silent when both are recent enough.
set -eu

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# at_least WANTED FOUND: both as MAJOR.MINOR
at_least() {
  [ "${2%%.*}" -gt "${1%%.*}" ] || { [ "${2%%.*}" -eq "${1%%.*}" ] && [ "${2#*.}" -ge "${1#*.}" ]; }
}

rust_wanted=1.94
node_wanted=20.19

command -v cargo >/dev/null 2>&1 && command -v rustc >/dev/null 2>&1 ||
  fail "Rust $rust_wanted or newer is needed and not found: see https://rustup.rs"
rust=$(rustc --version | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
at_least "$rust_wanted" "${rust:-0.0}" || fail "Rust $rust_wanted or newer is needed, this is ${rust:-unknown}: run rustup update"

command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 ||
  fail "Node $node_wanted or newer (with npm) is needed and not found: see https://nodejs.org"
node=$(node --version | sed -n 's/^v\([0-9]*\.[0-9]*\).*/\1/p')
at_least "$node_wanted" "${node:-0.0}" || fail "Node $node_wanted or newer is needed, this is ${node:-unknown}"
