#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch_media.sh FOLDER NAME...: sample media out of Debian packages, which are unpacked and never installed.
#
#   portrait   FOLDER/portrait.png     the portrait of python3-skimage (NASA, public domain)
#   street     FOLDER/street.avi       people walking, of opencv-doc
#   words      FOLDER/words/*.wav      spoken words, of alsa-utils
#
# Fetches what is missing, says what it could not get, and fails only when something asked for is missing.
set -euo pipefail

media=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'media: %s\n' "$*" >&2; }

# unpack PACKAGE: into $work/PACKAGE. Needs no root: the archive is only read.
unpack() {
    local options=(-q -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30)
    ((EUID)) || options+=(-o APT::Sandbox::User=root)
    say "fetching the Debian package $1 to take samples out of it"
    (cd "$work" && apt-get "${options[@]}" download "$1" >"$work/log" 2>&1) || {
        say "could not fetch $1: $(grep -m1 '^E:' "$work/log" || tail -n 1 "$work/log")"
        return 1
    }
    mkdir "$work/$1"
    dpkg-deb -x "$work/$1"_*.deb "$work/$1"
}

# take PACKAGE PATTERN FILE: the file of that name out of the package; whole or not at all.
take() {
    [[ -s $media/$3 ]] && return
    [[ -d $work/$1 ]] || unpack "$1" || return
    local found
    found=$(find "$work/$1" -type f -path "$2" -print -quit)
    [[ -n $found ]] || {
        say "$1 holds no $2"
        return 1
    }
    if [[ $found == *.gz && $3 != *.gz ]]; then
        gunzip -c "$found" >"$work/plain"
        found=$work/plain
    fi
    mkdir -p "$media/$(dirname "$3")"
    cp "$found" "$media/$3.part"
    mv "$media/$3.part" "$media/$3"
}

mkdir -p "$media"
missing=0
for name in "$@"; do
    case $name in
    portrait) take python3-skimage '*/astronaut.png' portrait.png || missing=1 ;;
    street) take opencv-doc '*/vtest.avi*' street.avi || missing=1 ;;
    words)
        for word in Front_Center Front_Left Front_Right Rear_Center Side_Left Side_Right; do
            take alsa-utils "*/$word.wav" "words/$(tr '[:upper:]' '[:lower:]' <<<"$word").wav" || { missing=1; break; }
        done
        ;;
    *) say "there is no sample '$name'"; missing=1 ;;
    esac
done
exit "$missing"
