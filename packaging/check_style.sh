#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_style.sh ROOT BUILD: clang-format on every file, clang-tidy on the sources that changed since the branch
# left main (on main itself: since the last commit), with the compile commands of BUILD. Version 14 of both.
set -euo pipefail
cd "$1"
build=$2

say() { printf 'check: %s\n' "$*" >&2; }

say "clang-format"
find sdk graph nodes apps tests $([[ -d bench ]] && echo bench) \( -name "*.h" -o -name "*.cpp" -o -name "*.inl" \) -print0 |
    xargs -0 clang-format-14 --dry-run -Werror

git=(git -c "safe.directory=$PWD")
if ! "${git[@]}" rev-parse -q --verify HEAD >/dev/null 2>&1; then
    say "no git history here: clang-tidy has no changes to look at"
    exit 0
fi
base=$("${git[@]}" merge-base HEAD origin/main 2>/dev/null || "${git[@]}" merge-base HEAD main)
head=$("${git[@]}" rev-parse HEAD)
[[ $base == "$head" ]] && base=$("${git[@]}" rev-parse -q --verify HEAD~1 || echo "$head")
mapfile -t changed < <({
    "${git[@]}" diff --name-only --diff-filter=d "$base"
    "${git[@]}" ls-files --others --exclude-standard
} | grep -E '\.cpp$' | sort -u)
files=()
for file in "${changed[@]}"; do
    if grep -qF "\"file\": \"$PWD/$file\"" "$build/compile_commands.json"; then files+=("$file"); fi
done
((${#files[@]})) || {
    say "clang-tidy: no source changed since ${base:0:8}"
    exit 0
}
say "clang-tidy on ${#files[@]} changed sources"
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy-14 --quiet -p "$build" \
    --extra-arg=-Wno-unknown-warning-option
