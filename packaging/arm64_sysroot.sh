#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# arm64_sysroot.sh FOLDER: what the arm64 preset builds against and qemu runs from: Debian's arm64 packages,
# resolved by apt in a state of its own out of the machine's own sources and unpacked without running anything.
# Needs no root and leaves the machine's packages alone. Does nothing when FOLDER is complete.
set -euo pipefail

packages="libc6-dev libstdc++-12-dev libfmt-dev libspdlog-dev libyaml-cpp-dev libflatbuffers-dev
nlohmann-json3-dev libcli11-dev libonnx-dev libprotobuf-dev libglib2.0-dev libgtest-dev libgmock-dev zlib1g-dev"

sysroot=$(realpath -m -- "$1")
stamp=$sysroot/.complete
[[ -f $stamp && $(<"$stamp") == "$packages" ]] && exit 0

say() { printf 'sysroot: %s\n' "$*" >&2; }
say "fetching Debian's arm64 packages into $sysroot"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,cache/archives/partial} "$sysroot.new"
: >"$work/status"
options=(-q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::lists="$work/lists"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=
    -o APT::Install-Recommends=false -o Debug::NoLocking=true -o Acquire::Retries=3
    -o Acquire::Languages=none -o DPkg::Post-Invoke= -o APT::Update::Post-Invoke-Success=)

# Sources of other vendors may know no arm64; what counts is whether the packages can be had.
apt-get "${options[@]}" update >"$work/log" 2>&1 || true
# shellcheck disable=SC2086
apt-get "${options[@]}" install -y --download-only $packages >>"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    say "apt could not fetch the arm64 packages; is there network?"
    exit 69
}

# Debian 12 has one /usr; packages still carry files for /lib.
rm -rf "$sysroot.new"
mkdir -p "$sysroot.new"/usr/{lib,bin,sbin}
ln -s usr/lib usr/bin usr/sbin "$sysroot.new"
for package in "$work"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
        tar -x -C "$sysroot.new" --keep-directory-symlink --no-same-owner --exclude='./usr/share/doc/*'
done
# A link to /lib/x means the sysroot's /lib/x.
while read -r link; do
    target=$sysroot.new$(readlink "$link")
    [[ -e $target ]] && ln -sfr "$target" "$link"
done < <(find "$sysroot.new" -type l -lname '/*')

echo "$packages" >"$sysroot.new/.complete"
rm -rf "$sysroot"
mv "$sysroot.new" "$sysroot"
say "done: $(du -sh "$sysroot" | cut -f1)"
