#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sysroot.sh ARCH DIR: Debian's libc, mbedTLS and libcheck for ARCH unpacked into DIR, by a package state of its own:
# nothing of this machine's dpkg or apt changes. DIR stays; a second call does nothing.
set -eu
arch=${1:?usage: sysroot.sh ARCH DIR}
dir=${2:?usage: sysroot.sh ARCH DIR}
suite=${SUITE:-bookworm}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ ! -e "$dir/done" ] || exit 0

# The Debian mirror that this machine uses already, or Debian's own.
mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *\([^ ]*debian\)\/*$/\1/p' | head -1)
mkdir -p "$dir"
state=$(cd "$dir" && pwd)/apt
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/preferences.d"
: >"$state/status"
echo "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} $suite main" >"$state/sources.list"

apt() {
  apt-get -qq -o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o "Dir::State=$state" \
    -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" \
    -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=- \
    -o "Dir::Etc::preferencesparts=$state/preferences.d" -o APT::Sandbox::User=root -o Debug::NoLocking=true "$@"
}

echo "sysroot.sh: fetching packages for $arch into $dir"
apt update
apt -y --no-install-recommends --download-only install libmbedtls-dev check libsubunit-dev >"$dir/log" || {
  cat "$dir/log" >&2
  exit 1
}
for package in "$state"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$dir"
done
[ -e "$dir/lib" ] || ln -s usr/lib "$dir/lib"
rm -rf "$state"
touch "$dir/done"
