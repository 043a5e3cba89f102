#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real conversions: the program, the service and the renderer, and disposable domains that lie.
#
#   convert.sh BUILD   BUILD has qvm-convert-pdf; qubes-admin is on the path
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$build/scratch
rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/home" "$scratch/tmp"
cd "$scratch/home"
export PATH=$build:$scratch/bin:$PATH TMPDIR=$scratch/tmp

fail() { echo "convert.sh: not so: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }
code_of() { local code=0; "$@" >"$scratch/out" 2>"$scratch/err" || code=$?; echo "$code"; }
says() { grep -q -- "$1" "$scratch/err" || fail "it says '$1': $(cat "$scratch/err")"; }

# The disposable: as qrexec starts the service, or a lie of the test's.
cat >"$scratch/bin/qrexec-client-vm" <<SCRIPT
#!/bin/bash
set -euo pipefail
echo "\$*" >>"$scratch/calls"
if [ -e "$scratch/lie" ]; then
  cat >/dev/null
  cat "$scratch/lie"
  exit "\$(cat "$scratch/code")"
fi
exec "$here/../services/qubes.PdfConvert" "\${2#*+}"
SCRIPT
chmod +x "$scratch/bin/qrexec-client-vm"

pdf() { # a PDF of two pages, 144 and 288 points wide, with a script that runs when it is opened
  local first='1 0 0 rg 0 0 72 144 re f 0 0 1 rg 72 0 72 144 re f' second='0 1 0 rg 0 0 288 144 re f'
  cat <<PDF
%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\('owned'\\)) >> >>
endobj
2 0 obj
<< /Type /Pages /Count 2 /Kids [3 0 R 5 0 R] >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 144 144] /Contents 4 0 R /Resources << >> >>
endobj
4 0 obj
<< /Length ${#first} >>
stream
$first
endstream
endobj
5 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 144] /Contents 6 0 R /Resources << >> >>
endobj
6 0 obj
<< /Length ${#second} >>
stream
$second
endstream
endobj
trailer
<< /Size 7 /Root 1 0 R >>
startxref
0
%%EOF
PDF
}

# Two pages become pictures of the same size and colours, and the script is gone.
pdf >letter.pdf
qvm-convert-pdf letter.pdf 2>"$scratch/err"
expect "$(cat "$scratch/calls")" '@dispvm qubes.PdfConvert+150'
expect "$(pdfinfo letter.trusted.pdf 2>&1 | sed -n 's/^Pages: *//p')" 2
expect "$(pdfinfo -f 2 -l 2 letter.trusted.pdf 2>&1 | sed -n 's/^Page *2 size: *//p')" '288 x 144 pts'
grep -q JavaScript letter.pdf || fail "the test's PDF has a script"
if grep -aqE 'JavaScript|OpenAction' letter.trusted.pdf; then fail "the result has none"; fi
for page in 1 2; do
  pdftoppm -r 150 -f "$page" -l "$page" letter.pdf 2>/dev/null >before.ppm
  pdfimages -f "$page" -l "$page" letter.trusted.pdf after
  cmp before.ppm after-000.ppm
  pdftoppm -r 150 -f "$page" -l "$page" letter.trusted.pdf 2>complaints >/dev/null
  [ ! -s complaints ] || fail "the renderer finds nothing wrong: $(cat complaints)"
done
expect "$(pdfimages -list letter.trusted.pdf | awk 'NR > 2 { print $1, $4, $5 }')" '1 300 300
2 600 300'

# The resolution is the caller's choice; several files at once; a name without extension, or with one in capitals.
cp letter.pdf OTHER.PDF; cp letter.pdf plain
qvm-convert-pdf -r 72 -- OTHER.PDF plain 2>/dev/null
expect "$(pdfimages -list OTHER.trusted.pdf | awk 'NR > 2 { print $4, $5 }' | head -1)" '144 144'
expect "$(pdfinfo plain.trusted.pdf | sed -n 's/^Pages: *//p')" 2
expect "$(code_of qvm-convert-pdf -r 9999 letter.pdf)" 2
expect "$(code_of qvm-convert-pdf)" 2

# Nothing is replaced, and failures leave nothing behind.
before=$(sha256sum letter.trusted.pdf)
expect "$(code_of qvm-convert-pdf letter.pdf)" 1
says 'File exists'
expect "$(sha256sum letter.trusted.pdf)" "$before"
expect "$(code_of qvm-convert-pdf missing.pdf)" 1
echo 'no PDF' >bad.pdf
expect "$(code_of qvm-convert-pdf bad.pdf)" 1
says 'could not convert it'
mv letter.pdf first.pdf
expect "$(code_of qvm-convert-pdf bad.pdf first.pdf)" 1
[ -e first.trusted.pdf ] || fail "one bad file does not keep another from being converted"
rm -f ./*.trusted.pdf

# Domains that lie.
lie() { # EXPECTED CODE BYTES
  printf '%b' "$3" >"$scratch/lie"
  echo "$2" >"$scratch/code"
  expect "$(code_of qvm-convert-pdf first.pdf)" 1
  says "$1"
  expect "$(find . -name '*trusted*')" ''
}
lie 'not a number of pages' 0 '0\n'
lie 'not a number of pages' 0 '10001\n'
lie 'not a number of pages' 0 '-1\n'
lie 'a line is too long' 0 '1 1 1 1 1 1 1 1 1\n'
lie 'not the size of a page' 0 '1\n10001 1\n'
lie 'not the size of a page' 0 '1\n1 429496729\n'
lie 'not the size of a page' 0 '1\n1/Filter\n'
lie 'the pages ended early' 0 '1\n10000 10000\nabc'
lie 'the pages ended early' 0 '2\n1 1\nabc'
lie 'something follows' 0 '1\n1 1\nabcd'
lie 'could not convert it' 1 '1\n1 1\nabc'
lie 'the call was refused' 126 ''
printf '1\n1 1\nabc' >"$scratch/lie"; echo 0 >"$scratch/code"
qvm-convert-pdf first.pdf
rm "$scratch/lie"

# The service takes no resolution but a number, and leaves nothing behind.
expect "$(code_of "$here/../services/qubes.PdfConvert" '150;touch x' <first.pdf)" 2
expect "$(code_of "$here/../services/qubes.PdfConvert" -- <first.pdf)" 2
expect "$(find "$TMPDIR" -mindepth 1)" ''

# What the policy says, beside the default that denies.
export QUBES_DATA=$scratch/data QUBES_CONFIG=$scratch/etc
mkdir -p "$QUBES_DATA" "$QUBES_CONFIG/policy.d"
cp "$here/../share/80-pdf-converter.policy" "$QUBES_CONFIG/policy.d/"
echo '* * * * deny' >"$QUBES_CONFIG/policy.d/90-default.policy"
qubes-admin create debian --class TemplateVM --label black
qubes-admin create disposables --class AppVM --template debian --label red
qubes-admin prefs disposables template_for_dispvms yes
qubes-admin create work --class AppVM --template debian --label blue
qubes-admin prefs work default_dispvm disposables
expect "$(code_of qubes-admin policy check qubes.PdfConvert+150 work @dispvm)" 0
expect "$(code_of qubes-admin policy check qubes.PdfConvert+150 work disposables)" 8
expect "$(code_of qubes-admin policy check qubes.PdfConvert work dom0)" 8

desktop-file-validate "$here/../share/qvm-convert-pdf.desktop"
echo "convert: good"
