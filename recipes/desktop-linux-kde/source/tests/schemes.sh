#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each label has a scheme in its colour, under the name that gui-daemon gives it, whose titles can be read.
#
#   schemes.sh SCHEMES   the directory of what was made; qubes-admin is on the path
set -euo pipefail
schemes=$1
fail() { echo "schemes.sh: not so: $*" >&2; exit 1; }

value() { sed -n "s/^$2=//p" "$schemes/$1"; } # FILE KEY

# By WCAG 2.1, "contrast ratio"; 4.5 is its minimum for text.
contrast() { # R,G,B R,G,B
  awk -v a="$1" -v b="$2" '
    function linear(c) { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ^ 2.4 }
    function light(text, parts) {
      split(text, parts, ",")
      return 0.2126 * linear(parts[1]) + 0.7152 * linear(parts[2]) + 0.0722 * linear(parts[3])
    }
    BEGIN { x = light(a) + 0.05; y = light(b) + 0.05; exit (x > y ? x / y : y / x) >= 4.5 ? 0 : 1 }'
}

seen=0
while read -r name colour; do
  file=qubes-$colour.colors
  [ -e "$schemes/$file" ] || fail "the label $name has a scheme"
  [ "$(value "$file" Name)" = "Qubes $name" ] || fail "$file has the label's name"
  [ "$(value "$file" activeBackground)" = "$((16#${colour:0:2})),$((16#${colour:2:2})),$((16#${colour:4:2}))" ] ||
    fail "$file has the label's colour"
  for state in active inactive; do
    contrast "$(value "$file" ${state}Background)" "$(value "$file" ${state}Foreground)" ||
      fail "$file: $state titles can be read"
  done
  [ "$(value "$file" activeBackground)" != "$(value "$file" inactiveBackground)" ] || fail "$file tells the active window"
  seen=$((seen + 1))
done < <(qubes-admin labels | sed -n 's/^[0-9]* *\([a-z]*\) *#\{0,1\}\([0-9a-f]\{6\}\).*/\1 \2/p')
[ "$seen" = 8 ] || fail "there are eight labels, not $seen"
[ "$(find "$schemes" -name '*.colors' | wc -l)" = 8 ] || fail "there is nothing else"
echo "schemes: good"
