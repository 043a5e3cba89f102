#!/bin/bash
# CPU time that the start of a sandbox takes beyond the command in it. Run by bench/run.
# As the first process of a process namespace it inherits what outlives its parent, so that all of it is counted.
set -euo pipefail
cd "$(dirname "$0")/.."
turns=100

times_file=$(mktemp)
trap 'rm -f "$times_file"' EXIT
spent() {
  local before after
  times >"$times_file"
  before=$(tail -n 1 "$times_file" | to_ms)
  "$@"
  times >"$times_file"
  after=$(tail -n 1 "$times_file" | to_ms)
  spent_ms=$((after - before))
}

# User and system time of children that have ended, the second line of `times`: 0m1.234s 0m0.567s.
to_ms() {
  sed 's/[ms]/ /g' | awk '{ printf "%d\n", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }'
}

spent node bench/sandbox-start.ts "$turns" none
nothing=$spent_ms
for kind in refused lost; do
  spent node bench/sandbox-start.ts "$turns" "$kind"
  awk -v all="$spent_ms" -v nothing="$nothing" -v turns="$turns" -v kind="$kind" 'BEGIN {
    printf "%.0f ms of CPU beyond the command (changes to the root %s; mean of %d)\n", (all - nothing) / turns, kind, turns
  }'
done
