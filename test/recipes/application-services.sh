#!/bin/bash
# The applications' services over the real qrexec, by the policies as they ship: domains on one machine, which meet over
# core-vchan-socket, with a daemon, an agent each, and disposables that the daemon makes.
#
#   application-services.sh RECIPES BUILD   BUILD is written to
set -euo pipefail
recipes=$(realpath "$1")
build=$(mkdir -p "$2" && realpath "$2")

component() { # NAME MAKE-ARGUMENT...
  make -s -C "$recipes/$1/source" BUILD="$build/$1" "${@:2}" >"$build/make.log" 2>&1 || { cat "$build/make.log" >&2; exit 1; }
}
component core-admin-linux # and what it builds on
deps=$build/core-admin-linux/deps
for name in qubes-app-linux-split-gpg qubes-app-linux-pdf-converter; do component "$name"; done
component qubes-app-thunderbird "$build/qubes-app-thunderbird/attachment-host"
component desktop-linux-xfce4 DEPS="$deps" LDFLAGS="-L$deps/lib/x86_64-linux-gnu" "$build/desktop-linux-xfce4/qubes-desktop-sync"

# gpg-agent's sockets need a short path.
dir=$(mktemp -d /tmp/qubes-services.XXXXXX)
export dir QUBES_DATA=$dir/data QUBES_CONFIG=$dir/etc QUBES_INSTALL=$dir/install HOME=$dir/home LC_ALL=C.UTF-8
export VCHAN_SOCKET_DIR=$dir/run QREXEC_DAEMON_ENDPOINT=$dir/run/daemon QREXEC_ASK=$dir/ask
export LD_LIBRARY_PATH=$deps/lib/vchan-socket PATH=$build/core-admin-linux:$deps/bin:$dir/bin:$PATH
export AGENT=$deps/lib/qubes/qrexec-agent
mkdir -p "$QUBES_DATA" "$QUBES_CONFIG/policy.d" "$QUBES_INSTALL/share/qubes/vmm" "$VCHAN_SOCKET_DIR" "$HOME" \
  "$dir"/{pids,rpc,bin,gpg-state} "$dir/share/applications"
mkdir -m 700 "$dir/vault"
finish() {
  local pid
  for pid in "$dir"/pids/*; do
    [ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true
  done
  GNUPGHOME=$dir/vault gpgconf --kill all || true
  rm -rf "$dir"
}
trap finish EXIT

fail() {
  echo "not so: $*" >&2
  tail -n 40 "$dir"/*.log >&2 || true
  exit 1
}
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }
eventually() { # COMMAND...
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "never: $*"
}

# A domain runs when its agent does. All of them have all services; the keys are where the variables say.
cp "$recipes"/{core-agent-linux,qubes-app-linux-split-gpg,qubes-app-linux-pdf-converter}/source/services/qubes.[A-Z]* "$dir/rpc/"
chmod +x "$dir"/rpc/*
cat >"$dir/driver" <<'DRIVER'
#!/bin/bash
set -euo pipefail
case $1 in
  start)
    id=$(qubes-admin prefs "$2" id)
    VCHAN_DOMAIN=$id QREXEC_AGENT_ENDPOINT=$dir/run/agent.$2 QREXEC_SERVICE_PATH=$dir/rpc DOMAIN=$2 \
      setsid "$AGENT" </dev/null >>"$dir/agent.$2.log" 2>&1 &
    echo $! >"$dir/pids/$2"
    echo "$2" >>"$dir/started"
    ;;
  stop)
    if [ -e "$dir/pids/$2" ]; then kill "$(cat "$dir/pids/$2")" 2>/dev/null || true; rm "$dir/pids/$2"; fi
    ;;
  list) ls "$dir/pids" | grep -vx daemon || true ;;
esac
DRIVER
chmod +x "$dir/driver"
echo "$dir/driver" >"$QUBES_INSTALL/share/qubes/vmm/driver"
export GNUPGHOME=$dir/vault QUBES_GPG_STATE=$dir/gpg-state QUBES_GPG_SERVER=$build/qubes-app-linux-split-gpg/gpg-server
export XDG_DATA_DIRS=$dir/share
# The person: agrees in the admin domain and in the domain with the keys, and looks at documents.
script() { { echo '#!/bin/sh'; cat; } >"$1"; } # FILE: the rest is standard input
script "$dir/ask" <<'S'
echo "$@" >>"$dir/asked"
echo vault
S
script "$dir/bin/zenity" <<'S'
echo "$@" >>"$dir/asked-in-vault"
S
script "$dir/bin/xdg-open" <<'S'
echo "$DOMAIN: ${1##*/}" >"$dir/opened"
cp "$1" "$dir/seen"
S
chmod +x "$dir/ask" "$dir"/bin/*
cp "$recipes"/core-admin/source/defaults/policy.d/* "$recipes"/qubes-app-*/source/share/*.policy "$QUBES_CONFIG/policy.d/"

qubes-admin create debian --class TemplateVM --label black
for name in disposables work vault; do qubes-admin create "$name" --class AppVM --template debian --label red; done
qubes-admin prefs disposables template_for_dispvms yes
qubes-admin prefs work default_dispvm disposables
for name in disposables work vault; do qubes-admin prefs "$name" default_user "$(id -un)"; done
setsid qrexec-daemon </dev/null >>"$dir/daemon.log" 2>&1 &
echo $! >"$dir/pids/daemon"
qubes-admin start work
eventually grep -q '^qrexec-daemon: work: connected with its agent' "$dir/daemon.log"
WORK=$(qubes-admin prefs work id)
in_work() { VCHAN_DOMAIN=$WORK QREXEC_AGENT_ENDPOINT=$dir/run/agent.work "$@"; }
disposables_are_gone() { ! qubes-admin list --raw | grep -q DispVM; }
cd "$HOME"

# Split GPG: the admin domain's person chooses the domain, the vault is started, its person agrees, and it signs.
gpg --quiet --batch --passphrase '' --quick-generate-key 'Vault <vault@example.org>' ed25519 default never 2>"$dir/gpg.log"
gpg_client=$build/qubes-app-linux-split-gpg/qubes-gpg-client
echo 'a text' >text
in_work env GNUPGHOME="$dir/none" QUBES_GPG_DOMAIN=vault "$gpg_client" --clear-sign text >text.asc
gpg --verify text.asc 2>"$dir/gpg.log" || fail 'the signature is good'
grep -q '^work qubes.Gpg .*vault' "$dir/asked" || fail 'the policy asks'
grep -q "domain 'work'" "$dir/asked-in-vault" || fail 'the vault asks'
code=0; in_work env QUBES_GPG_DOMAIN=vault "$gpg_client" --export-secret-keys 2>"$dir/err" >/dev/null || code=$?
expect "$code" 2
rm "$dir/asked"
code=0; in_work env QUBES_GPG_DOMAIN=dom0 "$gpg_client" --list-keys >/dev/null 2>"$dir/err" || code=$?
expect "$code" 2
[ ! -e "$dir/asked" ] || fail 'the admin domain has no such service, and nobody is asked'
echo 'split-gpg: good'

# PDF converter: in a disposable, which is gone afterwards.
printf '%s\n' '%PDF-1.4' '1 0 obj' '<< /Type /Catalog /Pages 2 0 R >>' 'endobj' '2 0 obj' \
  '<< /Type /Pages /Count 1 /Kids [3 0 R] >>' 'endobj' '3 0 obj' \
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 144] /Resources << >> >>' 'endobj' 'trailer' \
  '<< /Size 4 /Root 1 0 R >>' 'startxref' '0' '%%EOF' >letter.pdf
in_work "$build/qubes-app-linux-pdf-converter/qvm-convert-pdf" letter.pdf 2>"$dir/err" || fail "$(cat "$dir/err")"
expect "$(pdfimages -list letter.trusted.pdf | awk 'NR > 2 { print $4, $5 }')" '300 300'
grep -q '^disp' "$dir/started" || fail 'a disposable was started'
eventually disposables_are_gone
echo 'pdf-converter: good'

# An attachment: opened in a disposable.
frame() { local size; size=$(printf '%08x' "${#1}" | sed 's/\(..\)\(..\)\(..\)\(..\)/\\x\4\\x\3\\x\2\\x\1/'); printf "$size%s" "$1"; }
mkfifo to-host
in_work "$build/qubes-app-thunderbird/attachment-host" <to-host >from-host &
exec 5>to-host
for message in '{"type":"begin","name":"mail.txt","mode":"view"}' '{"type":"data","base64":"aGVsbG8K"}' '{"type":"end"}'; do
  frame "$message" >&5
done
wait $! || fail 'the host ends well'
exec 5>&-
grep -aq '"closed"' from-host || fail "the host learned that it was closed: $(tr -d '\0' <from-host)"
grep -qE '^disp[0-9]+: mail.txt$' "$dir/opened" || fail "a disposable opened it: $(cat "$dir/opened")"
expect "$(cat "$dir/seen")" hello
eventually disposables_are_gone
echo 'attachments: good'

# Menus: the domain is asked for its applications.
printf '[Desktop Entry]\nType=Application\nName=Editor\nExec=true\n' >"$dir/share/applications/org.example.Editor.desktop"
"$build/desktop-linux-xfce4/qubes-desktop-sync" --fetch work
grep -qx 'Name=work: Editor' "$HOME/.local/share/applications/qubes-domain.work.app.org.example.Editor.desktop" ||
  fail 'its application is in the menu'
echo 'menus: good'
