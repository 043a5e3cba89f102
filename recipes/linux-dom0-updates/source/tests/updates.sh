#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An update from a real signed repository, with the real apt on both sides of a call that is played; then everything that an
# update domain could try. Argument: build directory.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d) # a short path, for gpg-agent's socket
export scratch
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
  GNUPGHOME=$scratch/gnupg gpgconf --kill all 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT
mkdir -p "$scratch"/{bin,gnupg,web/dists/stable/main/binary-amd64,web/pool,methods,root/var/lib/dpkg/{info,updates}}
mkdir -p "$scratch"/{state/lists/partial,cache/archives/partial,etc/apt.conf.d,etc/preferences.d,etc/parts}
chmod 700 "$scratch/gnupg"
export GNUPGHOME=$scratch/gnupg PATH=$scratch/bin:$PATH

fail() {
  echo "updates: $*" >&2
  [ ! -e "$scratch/said" ] || tail -n 20 "$scratch/said" >&2
  exit 1
}

key() { # NAME: its key in $scratch/NAME.asc
  gpg --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.invalid>" ed25519 sign never 2>/dev/null
  gpg --batch --export --armor "$1@example.invalid" >"$scratch/$1.asc"
}
package() { # VERSION
  mkdir -p "$scratch/build/DEBIAN" "$scratch/build/usr/share"
  printf 'Package: tool\nVersion: %s\nArchitecture: all\nMaintainer: T <t@example.invalid>\nDescription: t\n' "$1" \
    >"$scratch/build/DEBIAN/control"
  echo "$1" >"$scratch/build/usr/share/tool"
  dpkg-deb --root-owner-group --build "$scratch/build" "$scratch/web/pool/tool_$1_all.deb" >/dev/null
}
publish() { # KEY
  (
    cd "$scratch/web"
    apt-ftparchive packages pool >dists/stable/main/binary-amd64/Packages
    apt-ftparchive -o APT::FTPArchive::Release::Codename=stable -o APT::FTPArchive::Release::Architectures=amd64 \
      -o APT::FTPArchive::Release::Components=main release dists/stable >Release.new
    gpg --batch --yes --quiet --local-user "$1@example.invalid" --clearsign --output dists/stable/InRelease Release.new
    rm Release.new
  )
}

cat >"$scratch/bin/qrexec-client" <<'S'
#!/bin/bash
# The call to the update domain. $scratch/attack, where there is one, is what a hostile domain answers with.
set -euo pipefail
[ "$*" = "sys-net qubes.DownloadUpdate" ] || exit 64
if [ -e "$scratch/attack" ]; then exec bash "$scratch/attack"; fi
exec "$scratch/service"
S
chmod +x "$scratch/bin/qrexec-client"
cp "$here/share/qubes.DownloadUpdate" "$scratch/service"
echo 'domain = sys-net' >"$scratch/updates.conf"
export QUBES_DOM0_UPDATES_CONF=$scratch/updates.conf

# apt of an admin domain that is a directory.
for method in /usr/lib/apt/methods/*; do ln -s "$method" "$scratch/methods/"; done
ln -s "$build/qubes" "$scratch/methods/qubes+http"
: >"$scratch/root/var/lib/dpkg/status"
: >"$scratch/etc/sources.list"
cat >"$scratch/apt.conf" <<C
Dir::State "$scratch/state";
Dir::State::status "$scratch/root/var/lib/dpkg/status";
Dir::Cache "$scratch/cache";
Dir::Etc "$scratch/etc";
Dir::Etc::main "none";
Dir::Etc::parts "apt.conf.d";
Dir::Etc::sourcelist "$scratch/etc/sources.list";
Dir::Etc::sourceparts "$scratch/etc/parts";
Dir::Etc::trusted "none";
Dir::Etc::trustedparts "none";
Dir::Bin::methods "$scratch/methods";
Dir::Log "$scratch";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
DPkg::Options { "--root=$scratch/root"; "--force-not-root"; "--force-script-chrootless"; "--log=$scratch/dpkg.log"; };
DPkg::Path "/usr/sbin:/usr/bin:/sbin:/bin";
C

update() { APT_CONFIG=$scratch/apt.conf "$here/share/qubes-dom0-update" "$@" >"$scratch/said" 2>&1; }
installed() { cat "$scratch/root/usr/share/tool" 2>/dev/null || echo nothing; }
refused() { # WHAT EXPECTED-TEXT WHAT-IS-INSTALLED
  if update --yes tool; then fail "$1: it went well"; fi
  grep -qE "$2" "$scratch/said" || fail "$1: not said: $2"
  [ "$(installed)" = "$3" ] || fail "$1: $(installed) is installed"
  rm -f "$scratch/attack"
}
forget() { rm -rf "$scratch"/{state/lists,cache}; mkdir -p "$scratch"/{state/lists/partial,cache/archives/partial}; }

key product
key stranger
package 1.0
publish product
cd "$scratch/web"
python3 -u -m http.server --bind 127.0.0.1 0 >"$scratch/http" 2>&1 &
server=$!
cd "$here"
for _ in $(seq 100); do
  port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$scratch/http")
  [ -z "$port" ] || break
  sleep 0.1
done
[ -n "$port" ] || fail "no server"
cat >"$scratch/etc/parts/product.sources" <<S
Types: deb
URIs: qubes+http://127.0.0.1:$port
Suites: stable
Components: main
Signed-By: $scratch/product.asc
S

echo 'a package is found, installed and updated'
update --yes tool || fail "it cannot be installed"
[ "$(installed)" = 1.0 ] || fail "it is not there"
update --check || fail "there is something to update"
package 2.0
publish product
cp -r "$scratch/web/dists" "$scratch/dists-of-2"
code=0
update --check || code=$?
[ "$code" = 100 ] || fail "exit code $code of --check"
grep -q '^Inst tool' "$scratch/said" || fail "the update is not named"
[ "$(installed)" = 1.0 ] || fail "--check installed it"
update --yes || fail "it cannot be updated"
[ "$(installed)" = 2.0 ] || fail "it was not updated"
update --yes || fail "nothing to do is not a failure"

package 3.0
publish product
forget

# What a hostile domain does to a file that it was asked for, as shell; $address and the honest answer are there.
attack() { # FILES SHELL
  cat >"$scratch/attack" <<S
set -euo pipefail
IFS= read -r address; IFS= read -r most
if [[ \$address != $1 ]]; then printf '%s\n%s\n' "\$address" "\$most" | exec "$scratch/service"; exit; fi
printf '%s\n%s\n' "\$address" "\$most" | "$scratch/service" >"$scratch/honest"
head -n 1 "$scratch/honest" >"$scratch/honest-line"; tail -n +2 "$scratch/honest" >"$scratch/honest-file"
$2
S
}
answers() { printf '%s\n' 'cat >/dev/null' "$1" >"$scratch/attack"; } # SHELL, to every request
# shellcheck disable=SC2016 # expanded where it runs
answer='echo "size $(stat -c %s $scratch/evil)"; cat $scratch/evil'

echo 'packages that the product did not publish'
attack '*.deb' "cp \$scratch/honest-file \$scratch/evil; printf evil | dd of=\$scratch/evil bs=1 seek=500 conv=notrunc status=none; $answer"
refused 'another package' 'Hash Sum mismatch' 2.0
attack '*.deb' "(cat \$scratch/honest-file; echo more) >\$scratch/evil; $answer"
refused 'a longer package' 'at most [0-9]* are expected|[Uu]nexpected size|mismatch' 2.0
attack '*.deb' "head -c 100 \$scratch/honest-file >\$scratch/evil; $answer"
refused 'a shorter package' 'unexpected size|mismatch' 2.0

echo 'lists that the product did not sign'
forget
attack '*/InRelease' "sed 's/^Codename: stable/Codename: stably/' \$scratch/honest-file >\$scratch/evil; $answer"
refused 'an altered release' 'invalid|BADSIG|not signed' 2.0
forget
attack '*/InRelease' "sed -n '/^Origin\\|^Codename/,/^-----BEGIN PGP SIG/p' \$scratch/honest-file | grep -v '^-' >\$scratch/evil; $answer"
refused 'a release without signature' 'not signed|NOSPLIT|Clearsigned' 2.0
forget
cp -r "$scratch/web/dists" "$scratch/dists-of-3"
publish stranger
refused 'a release that a stranger signed' 'NO_PUBKEY|not signed' 2.0
rm -r "$scratch/web/dists"; cp -r "$scratch/dists-of-3" "$scratch/web/dists"
forget
attack '*/Packages*' "sed 's/3\\.0/6.6/g' \$scratch/honest-file >\$scratch/evil; $answer"
refused 'another list' 'Hash Sum mismatch|unexpected size' 2.0

echo 'answers that are none'
forget
answers 'printf "size 99999999999\n"; head -c 100000 /dev/zero'
refused 'more than is expected' 'has 99999999999 bytes, and at most' 2.0
answers 'printf "size 10\n12345"'
refused 'a file that ends early' 'shorter than it said' 2.0
answers 'printf "size 5\n1234567"'
refused 'a file that goes on' 'longer than it said' 2.0
answers 'yes size'
refused 'a line without meaning' 'cannot be understood' 2.0
answers 'head -c 1000 /dev/zero | tr "\0" x'
refused 'a line without end' 'cannot be understood' 2.0
answers 'exit 126'
refused 'no answer' 'did not answer' 2.0
answers 'printf "error \033]0;evil\007\n"; printf "\033[2J" >&2'
refused 'an error that writes to the terminal' 'says: \?\]0;evil\?' 2.0
if grep -q $'\033' "$scratch/said"; then fail "the terminal was written to"; fi
[ -z "$(find "$scratch/state/lists/partial" "$scratch/cache/archives/partial" -type f)" ] || fail "something is left of refused files"

echo 'an older release than the one before'
update --check && fail "3.0 is not seen"
mv "$scratch/web/dists" "$scratch/away"; cp -r "$scratch/dists-of-2" "$scratch/web/dists"
sleep 0.1
update --check || true
grep -q '^Inst tool .*3\.0' "$scratch/said" || fail "the older release was believed"
rm -r "$scratch/web/dists"; mv "$scratch/away" "$scratch/web/dists"

echo 'sources that nobody verifies'
cp "$scratch/etc/parts/product.sources" "$scratch/kept"
echo 'Trusted: yes' >>"$scratch/etc/parts/product.sources"
refused 'a trusted mark' 'not everything is verified' 2.0
cp "$scratch/kept" "$scratch/etc/parts/product.sources"
echo "deb [ trusted=yes ] qubes+http://127.0.0.1:$port stable main" >"$scratch/etc/sources.list"
refused 'a trusted mark in a list' 'not everything is verified' 2.0
: >"$scratch/etc/sources.list"
sed -i '/^Signed-By/d' "$scratch/etc/parts/product.sources"
refused 'a source without a key' 'NO_PUBKEY|not signed' 2.0
cp "$scratch/kept" "$scratch/etc/parts/product.sources"
rm "$scratch/updates.conf"
refused 'no update domain' 'no update domain is named' 2.0
echo 'domain = sys-net' >"$scratch/updates.conf"

echo 'what the service refuses'
serve() { # ADDRESS MOST
  printf '%s\n%s\n' "$1" "$2" | "$here/share/qubes.DownloadUpdate" || true
}
# shellcheck disable=SC2016 # it must not be expanded
for address in file:///etc/passwd 'http://x/$(id)' '-o x' 'https://x/ y' ''; do
  [[ $(serve "$address" 100) == "error not an address"* ]] || fail "served: $address"
done
[[ $(serve "http://127.0.0.1:$port/dists/stable/InRelease" 5) == "error the file has "* ]] || fail "a file that is too large"
[[ $(serve "http://127.0.0.1:$port/nothing" 5) == error*404* ]] || fail "a file that is not there"
[[ $(serve "http://127.0.0.1:$port/" -1) == "error not a size" ]] || fail "a size below nothing"

echo 'and then it still works'
update --yes || fail "it does not"
[ "$(installed)" = 3.0 ] || fail "it is $(installed)"
for option in --force --allow-unauthenticated -y=; do
  code=0
  update "$option" || code=$?
  [ "$code" = 2 ] || fail "$option is taken"
done
code=0
update --yes 'tool=1.0' || code=$?
[ "$code" = 2 ] || fail "a version is taken for a name"
echo 'updates: good'
