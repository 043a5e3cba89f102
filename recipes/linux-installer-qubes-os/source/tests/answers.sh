#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Answer files: what is taken, what is refused, and that no message has a secret.
# shellcheck disable=SC2154,SC2016 # variables of the installer; dollars of hashes
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/stage.sh"

file=$scratch/answers.conf
read_text() { # TEXT: the answers that it gives
  answer=()
  printf '%s' "$1" >"$file"
  read_answers "$file"
}
completed() {
  read_text "$1"
  complete_answers
}

echo 'values are taken as they are: blanks, quotes, =, CR LF, no line end'
read_text $'# comment\r\n\r\nhostname=desk\r\npassword= a "b"=c\'$(x)\nlocale=de_DE.UTF-8'
same desk "${answer[hostname]}"
same " a \"b\"=c'\$(x)" "${answer[password]}"
same de_DE.UTF-8 "${answer[locale]}"

echo 'what is left out gets its default'
completed $'password_hash=$y$j9T$abcdefgh$ijklmnop\n'
same 'install auto no no dom0 user C.UTF-8' \
  "${answer[mode]} ${answer[disk]} ${answer[erase]} ${answer[encrypt]} ${answer[hostname]} ${answer[user]} ${answer[locale]}"
completed $'mode=upgrade\n'
same shell "${answer[after]}"

echo 'mistakes are refused with their line'
refused_with 2 answers/unreadable 'cannot be read' read_answers "$scratch/nosuch"
refused_with 2 answers/invalid ':2: not of the form' read_text $'disk=auto\nhello\n'
refused_with 2 answers/invalid 'not of the form' read_text 'hostname = desk'
refused_with 2 answers/unknown-key 'no answer colour' read_text 'colour=red'
refused_with 2 answers/repeated 'user is there twice' read_text $'user=a\nuser=b\n'
refused_with 2 answers/invalid 'more than' read_text "$(printf '#\n%.0s' {1..300})"
for line in disk=vda 'disk=/dev/../etc' 'disk=/dev/vda -x' erase=maybe hostname=-a hostname= hostname=a.b user=Root user=-r user=root:x \
  password= passphrase=short 'password_hash=secret' 'password_hash=$1$abcdefgh$abc' locale=../x keyboard=de-x timezone=../../etc/passwd \
  'templates=-x' admin_memory=1 after=explode mode=remove; do
  refused_with 2 answers/invalid-value "${line%%=*}" read_text "$line"
done

echo 'what does not go together is refused'
refused_with 2 answers/missing 'no password for user' completed 'disk=auto'
refused_with 2 answers/conflict password_hash completed $'password=x\npassword_hash=$6$abcdefgh$abcdefgh\n'
refused_with 2 answers/missing passphrase completed $'password=x\nencrypt=yes\n'
refused_with 2 answers/conflict encrypt completed $'password=x\npassphrase=long enough\n'
refused_with 2 answers/invalid-value 'no time zone Europe/Nowhere' completed $'password=x\ntimezone=Europe/Nowhere\n'

echo 'a program that fails is quoted, however few lines it says'
refused_with 1 a/b 'sh ended with exit code 3 | no room' try 1 a/b next sh -c 'echo no room; exit 3'
refused_with 1 a/b 'exit code 3 | 3 | 4 | 5 | 6' try 1 a/b next sh -c 'seq 6; exit 3'
refused_with 1 a/b 'exit code 3' try 1 a/b next sh -c 'exit 3'

echo 'no message and no log has a secret'
: >"$log"
for text in $'passphrase=topsec\n' $'password_hash=topsecret\n' $'topsecret\n' $'password=\n' $'pasword=topsecret\n'; do
  said=$( (read_text "$text") 2>&1) && test_fail "$text was taken"
  case $said in *topsec*) test_fail "a secret is in: $said" ;; esac
done
! grep -q topsec "$log" || test_fail 'a secret is in the log'
passed
