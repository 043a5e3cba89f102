#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The program as installers call it: exit codes, and that nothing happens when an option is wrong.
set -eu
helper=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

ends_with() {
  expected=$1
  shift
  code=0
  "$helper" "$@" >"$dir/out" 2>&1 || code=$?
  if [ "$code" != "$expected" ]; then
    echo "$helper $*: ended with $code, not $expected:" >&2
    cat "$dir/out" >&2
    exit 1
  fi
}

ends_with 2
ends_with 0 --help
ends_with 0 --version
ends_with 2 sweep
ends_with 2 begin
ends_with 2 begin --install
ends_with 2 begin --install relative/path
ends_with 2 begin --install "$dir/i" --unknown x
ends_with 2 seed --data "$dir/d" --defaults "$dir/x" --id 'Not Sound'
ends_with 2 seed --data "$dir/d" --defaults "$dir/x" --id a --closed ../other
[ ! -e "$dir/i" ] && [ ! -e "$dir/d" ]

ends_with 0 begin --install "$dir/i"
echo one >"$dir/i/.setup/new/file"
ends_with 0 swap --install "$dir/i"
ends_with 0 finish --install "$dir/i"
[ "$(cat "$dir/i/file")" = one ]
ends_with 0 uninstall --install "$dir/i"
[ ! -e "$dir/i" ]

printf abc >"$dir/abc"
sha=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
ends_with 0 check --file "$dir/abc" --sha256 "$sha" --size 3
ends_with 1 check --file "$dir/abc" --sha256 "$sha" --size 4
ends_with 2 check --file "$dir/abc" --sha256 abc --size 3
ends_with 2 check --file "$dir/abc" --sha256 "$sha" --size many
ends_with 0 check --file "$dir/absent" --sha256 "$sha" --size 3 --optional
ends_with 0 place --file "$dir/abc" --sha256 "$sha" --size 3 --to "$dir/placed"
ends_with 0 remove --to "$dir/placed"
ends_with 0 remove --to "$dir/placed"
[ ! -e "$dir/placed" ]

printf '\050\265\057\375\040\003\031\000\000abc' >"$dir/abc.zst"
for copy in again same last; do cp "$dir/abc.zst" "$dir/$copy.zst"; done
ends_with 2 unpack --data "$dir/deep" --brings abc
ends_with 2 unpack --data "$dir/deep" --file "$dir/abc.zst"
ends_with 2 unpack --data "$dir/deep" --file "$dir/abc.zst" --brings ../abc
ends_with 1 unpack --file "$dir/absent" --data "$dir/deep" --brings abc
ends_with 1 unpack --file "$dir/abc" --data "$dir/deep" --brings abc
[ -e "$dir/abc" ] && [ -z "$(ls "$dir/deep")" ]
ends_with 0 unpack --file "$dir/abc.zst" --data "$dir/deep" --brings abc -- \
  /bin/sh -c 'test "$0 $1 $2 $3" = "register abc '"$dir/deep/abc $sha"'"' register abc
[ "$(cat "$dir/deep/abc")" = abc ] && [ ! -e "$dir/abc.zst" ] && [ "$(ls "$dir/deep")" = abc ]
ends_with 0 unpack --file "$dir/abc.zst" --data "$dir/deep" --brings abc -- /bin/sh -c 'test "$2" = '"$sha" register
ends_with 1 unpack --file "$dir/again.zst" --data "$dir/deep" --brings abc -- /bin/false
[ "$(cat "$dir/deep/abc")" = abc ]

# The same content is left where it is: a domain may run from it. Other content takes its place.
before=$(stat -c %i "$dir/deep/abc")
ends_with 0 unpack --file "$dir/same.zst" --data "$dir/deep" --brings abc
[ "$(stat -c %i "$dir/deep/abc")" = "$before" ] && [ "$(ls "$dir/deep")" = abc ] && [ ! -e "$dir/same.zst" ]
printf other >"$dir/deep/abc"
ends_with 0 unpack --file "$dir/last.zst" --data "$dir/deep" --brings abc
[ "$(cat "$dir/deep/abc")" = abc ] && [ "$(ls "$dir/deep")" = abc ]

# A failed installation takes back what came, and nothing that was there.
mkdir "$dir/defaults"
printf '\050\265\057\375\040\003\031\000\000abc' >"$dir/taken.zst"
ends_with 0 seed --data "$dir/data" --defaults "$dir/defaults" --id a
echo mine >"$dir/data/kept"
ends_with 0 unpack --file "$dir/taken.zst" --data "$dir/data" --brings t/abc --brings d/new --brings kept -- \
  /bin/sh -c 'mkdir "$0/d"; echo new >"$0/d/new"; echo changed >"$0/kept"' "$dir/data"
[ -e "$dir/data/t/abc" ] && [ -e "$dir/data/d/new" ]
ends_with 0 unseed --data "$dir/data"
[ "$(find "$dir/data" -type f)" = "$dir/data/kept" ]

ends_with 0 run-if-older --from 1.0.0 --before 1.1.0 -- /bin/sh -c "exit 0"
ends_with 1 run-if-older --from 1.0.0 --before 1.1.0 -- /bin/sh -c "exit 3"
ends_with 0 run-if-older --from 1.1.0 --before 1.1.0 -- /bin/sh -c "exit 3"
ends_with 1 run-if-older --from 1.0.0 --before 1.1.0 -- "$dir/no-program"
ends_with 2 run-if-older --from now --before 1.1.0 -- /bin/true

mkdir -p "$dir/me/Documents"
echo text >"$dir/me/Documents/file"
ends_with 0 import-profile --profile "$dir/me" --to "$dir/domain"
[ "$(cat "$dir/domain/Documents/file")" = text ]
ends_with 1 import-profile --profile "$dir/absent" --to "$dir/domain"
