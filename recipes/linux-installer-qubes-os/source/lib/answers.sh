# The answers: which there are, what each may be, and reading them from a file of KEY=value lines.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

# Extended regular expressions of whole values.
# shellcheck disable=SC2016 # nothing is to be expanded
declare -A answer_pattern=(
  [mode]='install|upgrade'
  [disk]='auto|/dev/[A-Za-z0-9][A-Za-z0-9_/:.+-]*'
  [erase]='yes|no'
  [encrypt]='yes|no'
  [passphrase]='.{8,512}'
  [hostname]='[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  [user]='[a-z][a-z0-9_-]{0,30}'
  [password]='.{1,512}'
  # What crypt(5) calls sha256crypt, sha512crypt, bcrypt, yescrypt.
  [password_hash]='\$(5|6|2b|y)\$[A-Za-z0-9./$=,]{8,255}'
  [locale]='[A-Za-z]{1,8}(_[A-Z]{2})?(\.[A-Za-z0-9-]{1,16})?(@[a-z]{1,16})?'
  [keyboard]='[a-z]{2,16}'
  [timezone]='[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}'
  [templates]='all|none|[A-Za-z][A-Za-z0-9_-]*( [A-Za-z][A-Za-z0-9_-]*)*'
  [domains]='yes|no'
  [admin_memory]='[1-9][0-9]{2,6}'
  [after]='poweroff|reboot|shell'
)
declare -A answer=()

# Lines that are longer or more numerous are not answers.
max_answer_lines=200

is_answer() { # KEY VALUE
  [[ $2 =~ ^(${answer_pattern[$1]})$ ]]
}

# read_answers FILE
read_answers() {
  local file=$1 line key value number=0
  [ -r "$file" ] || refuse 2 answers/unreadable "$file cannot be read" 'name a file of KEY=value lines'
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [ "$number" -le "$max_answer_lines" ] ||
      refuse 2 answers/invalid "$file has more than $max_answer_lines lines" 'give a file of answers'
    case $line in '' | '#'*) continue ;; esac
    # The line itself is not shown: a mistyped one may hold a password.
    [[ $line =~ ^([a-z_]{1,32})=(.*)$ ]] ||
      refuse 2 answers/invalid "$file:$number: not of the form KEY=value" 'write one answer a line, without blanks around ='
    key=${BASH_REMATCH[1]}
    value=${BASH_REMATCH[2]}
    [ -n "${answer_pattern[$key]:-}" ] ||
      refuse 2 answers/unknown-key "$file:$number: there is no answer $key" "known are: $(known_answers)"
    [ -z "${answer[$key]+set}" ] || refuse 2 answers/repeated "$file:$number: $key is there twice" 'remove one of the two'
    is_answer "$key" "$value" || refuse 2 answers/invalid-value "$file:$number: $key$(shown "$key" "$value") is not valid" \
      "give a value that matches ${answer_pattern[$key]}"
    answer[$key]=$value
  done <"$file"
}

known_answers() { printf '%s\n' "${!answer_pattern[@]}" | LC_ALL=C sort | tr '\n' ' '; }

# The value for messages: nothing for secrets.
shown() {
  case $1 in
    pass*) ;;
    *) printf ' (%q)' "${2:0:80}" ;;
  esac
}

default_answer() { # KEY VALUE
  [ -n "${answer[$1]+set}" ] || answer[$1]=$2
}

# What nobody answered, and what does not go together.
complete_answers() {
  default_answer mode install
  default_answer after shell
  default_answer disk auto
  default_answer erase no
  if [ "${answer[mode]}" = upgrade ]; then return; fi
  default_answer encrypt no
  default_answer hostname dom0
  default_answer user user
  default_answer locale C.UTF-8
  default_answer keyboard us
  default_answer timezone Etc/UTC
  default_answer templates all
  default_answer domains yes
  # What Xen leaves to the admin domain; the domains get the rest.
  default_answer admin_memory 1024
  [ -z "${answer[password]+set}" ] || [ -z "${answer[password_hash]+set}" ] ||
    refuse 2 answers/conflict 'password and password_hash are both given' 'give one of them'
  [ -n "${answer[password]+set}" ] || [ -n "${answer[password_hash]+set}" ] ||
    refuse 2 answers/missing "there is no password for ${answer[user]}" 'add password_hash (or password)'
  case ${answer[encrypt]} in
    yes) [ -n "${answer[passphrase]+set}" ] || refuse 2 answers/missing 'encrypt=yes without a passphrase' 'add passphrase' ;;
    no) [ -z "${answer[passphrase]+set}" ] ||
      refuse 2 answers/conflict 'there is a passphrase, but encrypt is not yes' 'add encrypt=yes, or remove passphrase' ;;
  esac
  check_time_zone
}

check_time_zone() {
  [ "${answer[timezone]}" = Etc/UTC ] || [ -f "$zones/${answer[timezone]}" ] ||
    refuse 2 answers/invalid-value "there is no time zone ${answer[timezone]}" 'give a name such as Europe/Berlin'
}
