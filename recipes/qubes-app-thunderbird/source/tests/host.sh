#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host as a mail program starts it: framed messages in, an attachment for the disposable out.
#
#   host.sh BUILD   BUILD has attachment-host; qubes-admin is on the path
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$build/scratch
rm -rf "$scratch"
mkdir -p "$scratch/bin"
cd "$scratch"
export PATH=$scratch/bin:$PATH

fail() { echo "host.sh: not so: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }

# The disposable: keeps what it gets, and does what the test says.
cat >"$scratch/bin/qrexec-client-vm" <<SCRIPT
#!/bin/bash
set -euo pipefail
echo "\$*" >"$scratch/call"
if [ "\$(cat "$scratch/refuse")" != 0 ]; then exit "\$(cat "$scratch/refuse")"; fi
cat >"$scratch/got.part"
mv "$scratch/got.part" "$scratch/got"
echo 'an edited document, which is not taken back'
while [ -e "$scratch/looking" ]; do sleep 0.1; done
touch "$scratch/closed"
SCRIPT
chmod +x "$scratch/bin/qrexec-client-vm"
echo 0 >refuse

# A message with its length before it, in this machine's byte order, as JSON that another program writes.
frame() { perl -CA -MJSON::PP -e 'my $text = encode_json({@ARGV}); print pack("L", length $text), $text' -- "$@"; }
frames() { # standard input in pieces, as the extension cuts it
  perl -MJSON::PP -MMIME::Base64 -e 'while (read STDIN, my $piece, 393216) {
    my $text = encode_json({type => "data", base64 => encode_base64($piece, "")});
    print pack("L", length $text), $text }'
}
replies() { # of the host, one a line
  perl -e 'local $/; my $all = <STDIN>; while (length $all) { my $n = unpack("L", substr($all, 0, 4, ""));
    print substr($all, 0, $n, ""), "\n" }'
}
host() { "$build/attachment-host" | replies; }

# An attachment of several pieces arrives as it is, with its name before it.
head -c 1500000 /dev/urandom >letter.pdf
{
  frame type begin name 'Letter "1"/ä.pdf' mode open
  frames <letter.pdf
  frame type end
} >messages
expect "$(host <messages || true)" '{"result":"sent"}'
for _ in $(seq 100); do if [ -e closed ]; then break; fi; sleep 0.1; done # the mail program's end did not end the call
[ -e closed ] || fail 'the call goes on when the extension ends'
expect "$(cat call)" '@dispvm qubes.OpenInVM'
expect "$(head -c 256 got | tr -d '\0')" 'Letter _1____.pdf'
expect "$(head -c 256 got | wc -c)" 256
tail -c +257 got | cmp - letter.pdf

# While the mail program stays it learns when the document was closed.
rm -f got closed
touch looking
mkfifo in
host <in >out &
exec 5>in
{ frame type begin name a.txt mode view; frame type data base64 "$(base64 <<<text)"; frame type end; } >&5
for _ in $(seq 100); do if [ -e got ]; then break; fi; sleep 0.1; done
expect "$(head -c 256 got | tr -d '\0')" 'view-only-a.txt'
rm looking
for _ in $(seq 100); do if [ -e closed ]; then break; fi; sleep 0.1; done
wait $!
exec 5>&-
expect "$(cat out)" '{"result":"sent"}
{"result":"closed"}'

# What is refused, and half of a document, which never looks like a whole one.
refused() { # EXPECTED: messages are standard input
  rm -f got
  expect "$(host || true)" "{\"error\":\"$1\"}"
  [ ! -e got ] || fail "$1: nothing is opened"
}
{ frame type begin name a mode open; frame type data base64 aGVsbG8=; } | refused 'the extension ended before the attachment did'
{ frame type begin name a mode open; frame type data base64 aGVsbG8=; printf '\x10\0'; } | refused 'a message broke off'
{ frame type begin name a mode open; printf '\x10\0\0\0{"type"'; } | refused 'a message broke off'
{ frame type begin name a mode open; printf '\x01\0\x10\0'; head -c 1048577 /dev/zero || true; } | refused 'a message is too long'
{ frame type begin name a mode open; printf '\xff\xff\xff\xff'; } | refused 'a message is too long'
{ frame type begin name a mode open; frame type begin name a mode open; } | refused 'messages out of order'
{ frame type begin name a mode open; frame type data base64 'aGVs bG8='; } | refused 'not base64'
frame type data base64 aGVsbG8= | refused 'messages out of order'
frame type begin name a mode run | refused 'not a mode'
printf '\0\0\0\0' | refused 'not an object of known strings'
refused 'the extension ended before the attachment did' </dev/null

# Why a call ended is told in words.
ended() { # CODE EXPECTED
  echo "$1" >refuse
  # The call may end before or after all was sent.
  { frame type begin name a mode open; frame type end; sleep 1; } | host >out || true
  grep -qx "{\"error\":\"$2\"}" out || fail "$2: $(cat out)"
}
ended 126 'the policy refused the call'
ended 127 'the disposable domain has no service that opens documents'
ended 1 'the disposable domain could not open the attachment'

# What is installed: the manifests are JSON and name each other, the archive has the extension.
id=qubes-attachments@odyssey.invalid
expect "$(perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->{allowed_extensions}[0]' <"$here/../share/qubes_attachments.json")" "$id"
expect "$(perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->{browser_specific_settings}{gecko}{id}' <"$here/../extension/manifest.json")" "$id"
expect "$(perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->{version}' <"$here/../extension/manifest.json")" "$(cat "$here/../version")"
expect "$(unzip -Z1 "$build/$id.xpi")" 'manifest.json
background.js
icon.svg'

# What core-admin's own policy says.
export QUBES_DATA=$scratch/data QUBES_CONFIG=$scratch/etc
mkdir -p "$QUBES_DATA" "$QUBES_CONFIG/policy.d"
default=$here/../../../core-admin/source/defaults/policy.d/90-default.policy
[ -e "$default" ] || default=/etc/qubes/policy.d/90-default.policy
cp "$default" "$QUBES_CONFIG/policy.d/"
qubes-admin create debian --class TemplateVM --label black
qubes-admin create disposables --class AppVM --template debian --label red
qubes-admin prefs disposables template_for_dispvms yes
qubes-admin create mail --class AppVM --template debian --label blue
qubes-admin prefs mail default_dispvm disposables
policy() { local code=0; qubes-admin policy check qubes.OpenInVM mail "$1" >/dev/null || code=$?; echo "$code"; }
expect "$(policy @dispvm)" 0
expect "$(policy disposables)" 9
expect "$(policy dom0)" 8
echo "host: good"
