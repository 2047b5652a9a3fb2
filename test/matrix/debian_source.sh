#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# debian_source.sh SUITE PACKAGE FOLDER: unpacks a source package of Debian into FOLDER. The package lists used are private:
# nothing of the system changes.
set -eu
suite=${1:?usage: debian_source.sh SUITE PACKAGE FOLDER} package=$2 to=$3

# The Debian mirror that this machine uses already, or Debian's own.
uri=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *\([^ ]*debian\)\/*$/\1/p' | head -1)
mkdir -p "$to"
apt=$(cd "$to" && pwd)/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri:-http://deb.debian.org/debian} $suite main" \
  > "$apt/sources.list"
set -- -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" \
  -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
apt-get "$@" -qq update
cd "$to" && apt-get "$@" -qq source "$package" >/dev/null 2>&1
