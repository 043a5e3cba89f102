#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Both programs and the services with real keys: a call ends at the service as qrexec starts it.
#
#   split.sh BUILD   BUILD has the programs; qubes-admin is on the path
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
# gpg-agent's sockets need a short path.
scratch=$(mktemp -d /tmp/split-gpg.XXXXXX)
vault=$scratch/vault
clean() {
  GNUPGHOME=$vault gpgconf --kill all || true
  rm -rf "$scratch"
}
trap clean EXIT
mkdir -p "$scratch/bin" "$scratch/state" "$scratch/home" "$scratch/work"
mkdir -m 700 "$vault"
cd "$scratch/work"

fail() { echo "split.sh: not so: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }
code_of() { local code=0; "$@" >"$scratch/out" 2>"$scratch/err" || code=$?; echo "$code"; }
says() { grep -q -- "$1" "$scratch/err" || fail "it says '$1': $(cat "$scratch/err")"; }

# The call as qrexec carries it: another domain's programs, streams and environment.
cat >"$scratch/bin/qrexec-client-vm" <<SCRIPT
#!/bin/bash
set -euo pipefail
[ "\$1" = vault ] || { echo "no domain \$1" >&2; exit 126; }
exec env -i PATH="$scratch/bin:/usr/bin:/bin" HOME="$scratch/home" GNUPGHOME="$vault" LC_ALL=C.UTF-8 \
  QUBES_GPG_STATE="$scratch/state" QUBES_GPG_SERVER="$build/gpg-server" QREXEC_REMOTE_DOMAIN=work "$here/../services/\$2"
SCRIPT
# The person, who is asked in a window.
cat >"$scratch/bin/zenity" <<SCRIPT
#!/bin/bash
printf '%s\n' "\$*" >>"$scratch/asked"
exit "\$(cat "$scratch/answer")"
SCRIPT
printf '#!/bin/sh\necho "$@" >>%s/notified\n' "$scratch" >"$scratch/bin/notify-send"
chmod +x "$scratch"/bin/*
export PATH=$build:$here/../scripts:$scratch/bin:$PATH QUBES_GPG_DOMAIN=vault GNUPGHOME=$scratch/none
: >"$scratch/asked"
asked() { wc -l <"$scratch/asked"; }

GNUPGHOME=$vault gpg --quiet --batch --passphrase '' --quick-generate-key 'Vault <vault@example.org>' ed25519 default never
GNUPGHOME=$vault gpg --quiet --batch --passphrase '' --quick-add-key \
  "$(GNUPGHOME=$vault gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')" cv25519 encr never

# The person refuses, then agrees, and is not asked again for a while.
echo 1 >"$scratch/answer"
expect "$(code_of qubes-gpg-client --list-keys)" 2
says 'was not allowed'
expect "$(asked)" 1
echo 0 >"$scratch/answer"
qubes-gpg-client --list-secret-keys --with-colons >keys
grep -q '^sec:.*' keys || fail "secret keys are listed"
expect "$(asked)" 2
qubes-gpg-client --list-keys vault@example.org >/dev/null
expect "$(asked)" 2
grep -q 'Keys were used by: work' "$scratch/notified" || fail "each use is told"
touch -d '-301 seconds' "$scratch/state/stat.work"
qubes-gpg-client --list-keys >/dev/null
expect "$(asked)" 3
touch -d '+1 hour' "$scratch/state/stat.work" # a clock that was set back is no agreement
qubes-gpg-client --list-keys >/dev/null
expect "$(asked)" 4
echo 'export QUBES_GPG_AUTOACCEPT=10; cat; exit' >"$scratch/home/.profile"
qubes-gpg-client --list-keys >/dev/null # a profile that ends everything: asked each time
expect "$(asked)" 5
echo 'export QUBES_GPG_AUTOACCEPT=99999999999999999999' >"$scratch/home/.profile"
qubes-gpg-client --list-keys >/dev/null # more than can be counted: so, too
expect "$(asked)" 6
echo 'export QUBES_GPG_AUTOACCEPT=1000; echo noise' >"$scratch/home/.profile"
touch -d '-900 seconds' "$scratch/state/stat.work"
qubes-gpg-client --list-keys >/dev/null
expect "$(asked)" 6

# Signing and verifying, as git and mail programs do it.
echo 'a text' >text
qubes-gpg-client --clear-sign text >text.asc
qubes-gpg-client --verify text.asc 2>verified
grep -q 'Good signature' verified || fail "a clear signature is good"
qubes-gpg-client --status-fd=2 -bsau vault@example.org <text >text.sig 2>status
grep -q '^\[GNUPG:\] SIG_CREATED D' status || fail "the status comes on standard error"
qubes-gpg-client --keyid-format=long --status-fd=1 --verify text.sig - <text >status 2>/dev/null
grep -q '^\[GNUPG:\] GOODSIG' status || fail "a signature beside its text is good"
echo 'another text' >other
expect "$(code_of qubes-gpg-client --verify text.sig other)" 1
says 'BAD signature'

# Encrypting and decrypting, much at a time and over more than two streams.
head -c 5000000 /dev/urandom >bulk
qubes-gpg-client --encrypt --always-trust -r vault@example.org --output - bulk >bulk.gpg
qubes-gpg-client --decrypt --status-fd 7 --logger-fd 9 bulk.gpg >bulk.out 7>status 9>log
cmp bulk bulk.out
grep -q DECRYPTION_OKAY status || fail "a stream of its own has the status"
grep -q 'encrypted with' log || fail "another has the log"
expect "$(code_of qubes-gpg-client --decrypt text)" 2
qubes-gpg-client --decrypt bulk.gpg 2>/dev/null | head -c 10 >/dev/null || true # who stops reading hangs nobody
qubes-gpg-client --decrypt <bulk.gpg 2>/dev/null | cmp bulk -

# The wrapper writes the file that a program names, and leaves out what makes no sense.
qubes-gpg-client-wrapper --use-agent --charset utf-8 --armor -o wrapped.asc --export vault@example.org
grep -q 'BEGIN PGP PUBLIC KEY' wrapped.asc || fail "the wrapper writes the file"
echo vault >domain
env -u QUBES_GPG_DOMAIN QUBES_GPG_DOMAIN_FILE="$PWD/domain" qubes-gpg-client-wrapper --list-keys >/dev/null
expect "$(code_of env -u QUBES_GPG_DOMAIN qubes-gpg-client --list-keys)" 2
expect "$(QUBES_GPG_DOMAIN=elsewhere code_of qubes-gpg-client --list-keys)" 2

# A domain that speaks the protocol itself: nothing but what is allowed reaches gpg.
request() { # ARGUMENT...: a request's bytes
  local size=0 each length
  for each in "$@"; do size=$((size + ${#each} + 1)); done
  length=$(printf '\\x%02x\\x%02x\\0\\0' $((size & 255)) $((size >> 8)))
  printf '%b' "$length"
  printf '\0'
  if [ $# -gt 0 ]; then printf '%s\0' "$@"; fi
  head -c $((1023 - size)) /dev/zero
}
hostile() { # EXPECTED ARGUMENT...
  local expected=$1
  shift
  expect "$(request "$@" | code_of qrexec-client-vm vault qubes.Gpg)" 2
  says "$expected"
}
hostile 'output goes to' --sign --output "$scratch/owned"
hostile 'not an allowed option' --sign --homedir "$scratch"
hostile 'not an allowed option' --decrypt --outp="$scratch/owned"
hostile 'not an allowed option' --list-keys '--photo-viewer=touch owned'
hostile 'files cannot be named' --decrypt -- "$vault/private-keys-v1.d"
hostile 'from a stream only' --verify "$vault/pubring.kbx"
hostile 'not printable' --list-keys $'a\n--output'
hostile 'a command is missing'
hostile 'not printable' --list-keys $'\x1b[2J'
[ ! -e "$scratch/owned" ] || fail "nothing is written"
expect "$(head -c 500 /dev/zero | code_of qrexec-client-vm vault qubes.Gpg)" 2
says 'no whole request'
{ printf '\xff\xff\xff\xff'; head -c 1024 /dev/zero; } >bad
expect "$(code_of qrexec-client-vm vault qubes.Gpg <bad)" 2
says 'malformed request'
# Frames for a stream that is not there, too long, or that end the call of the other side.
for frame in '\x05\0\0\0\x01\0\0\0x' '\0\0\0\0\x01\x10\0\0' '\xff\xff\xff\xff\0\0\0\0'; do
  { request --decrypt; printf '%b' "$frame"; sleep 1; } >bad
  expect "$(code_of qrexec-client-vm vault qubes.Gpg <bad)" 2
  says 'the peer'
done
expect "$(QREXEC_REMOTE_DOMAIN='../x' HOME=$scratch/home code_of "$here/../services/qubes.Gpg")" 2

# Importing asks each time.
before=$(asked)
mkdir -m 700 "$scratch/friend"
GNUPGHOME=$scratch/friend gpg --quiet --batch --passphrase '' --quick-generate-key 'Friend <friend@example.org>' ed25519 default never
GNUPGHOME=$scratch/friend gpg --export --armor friend@example.org >friend.asc
GNUPGHOME=$scratch/friend gpgconf --kill all
qubes-gpg-import-key friend.asc 2>/dev/null
expect "$(asked)" $((before + 1))
qubes-gpg-client --list-keys friend@example.org >/dev/null
echo 1 >"$scratch/answer"
expect "$(code_of qubes-gpg-import-key friend.asc)" 1

# What the policy says where it is installed, beside the default that denies.
export QUBES_DATA=$scratch/data QUBES_CONFIG=$scratch/etc
mkdir -p "$QUBES_DATA" "$QUBES_CONFIG/policy.d"
cp "$here/../share/80-split-gpg.policy" "$QUBES_CONFIG/policy.d/"
echo '* * * * deny' >"$QUBES_CONFIG/policy.d/90-default.policy"
qubes-admin create work --class StandaloneVM --label red
qubes-admin create vault --class StandaloneVM --label black
expect "$(code_of qubes-admin policy check qubes.Gpg work vault)" 9
expect "$(code_of qubes-admin policy check qubes.GpgImportKey work vault)" 9
expect "$(code_of qubes-admin policy check qubes.Gpg work dom0)" 8
echo "split: good"
