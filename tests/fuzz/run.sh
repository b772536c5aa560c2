#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh FUZZER SEEDS CORPUS: fuzzes for TARSIER_FUZZ_SECONDS (60), beginning with the models that SEEDS writes and with
# what earlier runs found worth keeping in CORPUS. One input gets 1 s of the processor (budget.h) and 256 MB, and two
# minutes by the clock, which end a hang and forgive a machine that stood still; a finding lies in CORPUS.findings and
# fails every run until it is fixed and removed. The short run begins with a fixed seed, so that a change is judged by
# the same inputs every time; a long one draws its own.
set -euo pipefail

fuzzer=$1 seeds=$2 corpus=$3
kind=$(basename "$fuzzer" _fuzz)
mkdir -p "$corpus" "$corpus.findings"
"$seeds" "$corpus.seeds"
# What the sanitizer keeps of freed memory would count as used.
export ASAN_OPTIONS=quarantine_size_mb=8:allocator_may_return_null=1:${ASAN_OPTIONS:-}

findings=("$corpus.findings"/*)
if [[ -e ${findings[0]} ]]; then
    echo "trying again what was found before: ${findings[*]}"
    "$fuzzer" -rss_limit_mb=256 -timeout=120 "${findings[@]}"
fi
seconds=${TARSIER_FUZZ_SECONDS:-60}
exec "$fuzzer" -seed=$((seconds > 60 ? 0 : 1)) -max_total_time="$seconds" -rss_limit_mb=256 -timeout=120 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$corpus.findings/" "$corpus" "$corpus.seeds/$kind"
