#!/bin/sh
# Makes sure that the system packages of the named groups are there; silent when they are.
#
#   tests/setup/packages.sh [GROUP]...      groups: build links display session browser telephony (default: all)
#
# Debian 12 and Ubuntu 24.04 (and their near relatives with apt): missing packages are named, with the reason, and
# installed (with sudo when not root). Anywhere else the list is printed, and only what cannot be done without
# (a C compiler, pkg-config, the web view's headers) stops the run.
set -eu

groups=${*:-build links display session browser telephony}

# group | package | command or pkg-config module that proves it on other systems | necessary? | why
catalogue() {
  cat <<'LIST'
build|build-essential|cc|yes|a C compiler and linker, for Rust and the bundled SQLite
build|pkg-config|pkg-config|yes|finds the libraries below
build|perl|perl|yes|builds the bundled OpenSSL that encrypts the databases
build|file|file|no|tells the bundler what kind of file it packs
build|libwebkit2gtk-4.1-dev|pc:webkit2gtk-4.1|yes|the web view that draws the windows
build|libayatana-appindicator3-dev|pc:ayatana-appindicator3-0.1|yes|the tray icon
build|librsvg2-dev|pc:librsvg-2.0|yes|icons
build|libssl-dev|pc:openssl|yes|TLS to the CRM
build|libxdo-dev|header:xdo.h|yes|the global shortcut and menus on X11
build|libdbus-1-dev|pc:dbus-1|yes|notifications, keychain, single instance
links|xdg-utils|xdg-mime|no|asks and sets which program opens tel: links
links|desktop-file-utils|update-desktop-database|no|makes a registered link handler known
links|libglib2.0-bin|gio|no|opens links the way GNOME does
display|xvfb|Xvfb|no|a display on a machine without a screen
display|openbox|openbox|no|a window manager, so that focus follows real rules
display|xdotool|xdotool|no|types, clicks and asks which window has the keyboard
display|x11-utils|xprop|no|reads what the window manager knows of a window
display|imagemagick|import|no|takes pictures of windows
display|fonts-dejavu-core|font:DejaVu Sans|no|a font, where the system has none
display|webkit2gtk-driver|WebKitWebDriver|no|lets tests drive the app's own windows
session|dbus|dbus-daemon|no|a private session bus
session|dbus-x11|dbus-launch|no|the same, for programs that start one themselves
session|gnome-keyring|gnome-keyring-daemon|no|a real keychain
session|libsecret-tools|secret-tool|no|looks into the keychain from outside
session|dunst|dunst|no|a real notification server
session|libnotify-bin|notify-send|no|proves that the notification server answers
session|locales|localedef|no|makes the French session of the tests
browser|chromium|chromium|no|a real browser in which tel: links are clicked
browser|chromium-driver|chromedriver|no|lets tests drive that browser
telephony|baresip-core|baresip|no|a real SIP softphone
telephony|sip-tester|sipp|no|real SIP callers and callees
LIST
}

wanted() {
  catalogue | while IFS='|' read -r group package proof necessary why; do
    case " $groups " in *" $group "*) printf '%s|%s|%s|%s\n' "$package" "$proof" "$necessary" "$why" ;; esac
  done
}

say() { printf 'setup: %s\n' "$*" >&2; }

have_command() { command -v "$1" >/dev/null 2>&1; }

# A browser from elsewhere (Google's package, a snap) serves as well as Debian's.
other_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    have_command "$name" && return 0
  done
  return 1
}

other_proof() {
  case $1 in
    pc:*) have_command pkg-config && pkg-config --exists "${1#pc:}" ;;
    header:*) [ -e "/usr/include/${1#header:}" ] || [ -e "/usr/local/include/${1#header:}" ] ;;
    font:*) have_command fc-list && [ -n "$(fc-list "${1#font:}")" ] ;;
    chromium) other_browser ;;
    *) have_command "$1" ;;
  esac
}

installed_deb() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

has_candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; elif have_command sudo; then sudo "$@"; else
    say "these packages need root to be installed, and there is no sudo here. As root, run:"
    say "  $*"
    exit 1
  fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" >&2; }

on_debian() {
  missing=$(wanted | while IFS='|' read -r package proof necessary why; do
    installed_deb "$package" && continue
    # What is there under another name (a browser, a compiler not from a package) is not installed twice.
    case $package in build-essential|chromium|chromium-driver) other_proof "$proof" && continue ;; esac
    printf '%s|%s|%s|%s\n' "$package" "$proof" "$necessary" "$why"
  done)
  [ -n "$missing" ] || return 0

  say "some system packages are missing and will be installed:"
  printf '%s\n' "$missing" | while IFS='|' read -r package proof necessary why; do
    say "  $package: $why"
  done

  # Package lists may be absent (fresh image) or stale (an old list names files the server no longer has).
  apt update || { say "the package lists could not be refreshed; trying with the old ones"; }

  install=""
  ubuntu=$(. /etc/os-release && [ "${ID:-}" = ubuntu ] && echo yes || echo no)
  for package in $(printf '%s\n' "$missing" | cut -d'|' -f1); do
    case $ubuntu,$package in
      yes,chromium|yes,chromium-driver)
        say "Ubuntu has $package only as a snap, which cannot run on a private desk; install google-chrome-stable"
        say "and its chromedriver from Google for the browser tests. They are skipped until then."
        continue ;;
    esac
    if has_candidate "$package"; then install="$install $package"; else
      case $(printf '%s\n' "$missing" | grep "^$package|" | cut -d'|' -f3) in
        yes) say "$package is necessary and no configured package source has it"; exit 1 ;;
        *) say "$package is in no configured package source; what needs it will say so" ;;
      esac
    fi
  done
  [ -n "$install" ] || return 0
  # shellcheck disable=SC2086 # a list of package names, one word each
  apt install -y --no-install-recommends $install || {
    say "the installation failed; trying once more with fresh package lists"
    apt update || true
    # shellcheck disable=SC2086
    apt install -y --no-install-recommends $install
  }
  say "all packages are there now"
}

elsewhere() {
  missing=$(wanted | while IFS='|' read -r package proof necessary why; do
    other_proof "$proof" || printf '%s|%s|%s|%s\n' "$package" "$proof" "$necessary" "$why"
  done)
  [ -n "$missing" ] || return 0
  say "this system is not Debian or Ubuntu, so nothing is installed here. Not found (Debian's names):"
  printf '%s\n' "$missing" | while IFS='|' read -r package proof necessary why; do
    if [ "$necessary" = yes ]; then note=" (necessary)"; else note=""; fi
    say "  $package: $why$note"
  done
  if printf '%s\n' "$missing" | cut -d'|' -f3 | grep -qx yes; then
    say "please install the necessary ones with your package manager and run this again"
    exit 1
  fi
  say "going on without them"
}

if have_command apt-get && have_command dpkg-query; then on_debian; else elsewhere; fi
