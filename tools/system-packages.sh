#!/usr/bin/env bash
# Debian packages that the demo and the tests drive. Installs them when it may, else says what to type.
set -euo pipefail
packages=(xvfb openbox at-spi2-core dbus dbus-x11 chromium mousepad xterm x11-utils x11-xserver-utils xdotool
  libxtst6 libxkbcommon0 libxkbcommon-x11-0 tesseract-ocr strace fonts-dejavu-core gnome-keyring)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
apt=(apt-get)
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    apt=(sudo -n apt-get)
  else
    echo "missing Debian packages: ${missing[*]}; install them with: sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
fi
echo "installing Debian packages: ${missing[*]}"
"${apt[@]}" update -qq
DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
