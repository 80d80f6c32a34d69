#!/usr/bin/env bash
# Debian packages that the demo and the tests drive. Installs them when it may, else says in one line what to type.
set -euo pipefail
packages=(python3-venv xvfb xserver-xephyr openbox at-spi2-core dbus dbus-x11 chromium mousepad xterm x11-utils x11-xserver-utils xsettingsd xdotool
  libxtst6 libxkbcommon0 libxkbcommon-x11-0 tesseract-ocr strace fonts-dejavu-core gnome-keyring python3-gi gir1.2-gtk-3.0 i3lock xfce4-panel xfconf)
# What only the red team's whole suite needs.
[ "${1-}" = redteam ] && packages+=(zenity yad gnumeric mupdf i3lock python3-gi gir1.2-gtk-3.0)

if ! command -v dpkg-query >/dev/null; then
  echo "this is no Debian: install what these Debian packages hold by your own means, then go on: ${packages[*]}" >&2
  exit 1
fi
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

by_hand="install them with: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "missing Debian packages; $by_hand" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi
echo "installing Debian packages: ${missing[*]}"
install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}")
if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" "${install[@]}"; } >/dev/null; then
  echo "apt-get could not install the missing Debian packages; $by_hand" >&2
  exit 1
fi
