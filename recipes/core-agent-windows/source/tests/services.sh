#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each service's file is what the agent reads: one line in Windows' form that begins with a program.
set -euo pipefail

for file in "$@"; do
  name=$(basename "$file")
  [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || { echo "services: $name: not the name of a service" >&2; exit 1; }
  [ "$(wc -l <"$file")" = 1 ] || { echo "services: $name: not one line" >&2; exit 1; }
  [ "$(tail -c 2 "$file" | od -An -tx1 | tr -d ' ')" = 0d0a ] || { echo "services: $name: no CR LF" >&2; exit 1; }
  line=$(tr -d '\r\n' <"$file")
  if [[ $line =~ ^\"%QUBES_INSTALL%\\bin\\([a-z-]+)\.exe\"( |$) ]]; then
    grep -q "^PROGRAMS := .*\b${BASH_REMATCH[1]}\b" Makefile ||
      { echo "services: $name: no program ${BASH_REMATCH[1]}" >&2; exit 1; }
  elif [[ ! $line =~ ^%[A-Za-z]+%( |$) ]]; then
    echo "services: $name: names no program: $line" >&2
    exit 1
  fi
done
echo "services: $# good"
