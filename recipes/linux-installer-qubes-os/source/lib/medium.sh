# The medium: what product it has, and whether it is what was signed. $medium is where it is mounted.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

declare -A product=()

# The signature of the list of files, and the small files that the questions need; at once.
check_medium() {
  [ -f "$medium/qubes/product.conf" ] ||
    refuse 3 medium/missing "there is no installation medium at $medium" 'start from the ISO again'
  say 'checking the signature of the medium'
  read_key
  gpgv --keyring "$work/key.gpg" "$medium/qubes/SHA256SUMS.asc" "$medium/qubes/SHA256SUMS" >"$work/said" 2>&1 || {
    cat "$work/said" >>"$log"
    refuse 3 medium/signature 'the signature of qubes/SHA256SUMS does not verify' 'get the ISO again and compare its checksum'
  }
  list_sums
  check_files qubes/product.conf qubes/domains.conf qubes/templates.conf
  read_product
}

# That of the initial RAM file system, which somebody who alters the medium cannot replace where firmware checks what it
# starts; else the medium's. gpgv wants keys without armour (RFC 9580, section 6): the base64 lines between the empty line and the checksum.
read_key() {
  local line inside='' body=''
  if [ -s "$trusted_key" ]; then
    cp "$trusted_key" "$work/key.gpg"
    return
  fi
  while IFS= read -r line; do
    line=${line%$'\r'}
    case $inside:$line in
      no:) inside=yes ;;
      :-----BEGIN\ PGP*) inside=no ;;
      yes:-----END* | yes:=*) break ;;
      yes:*) body+=$line$'\n' ;;
    esac
  done <"$medium/qubes/keys/openpgp.asc"
  base64 --decode <<<"$body" >"$work/key.gpg" 2>/dev/null || : >"$work/key.gpg"
  [ -s "$work/key.gpg" ] || refuse 3 medium/signature 'qubes/keys/openpgp.asc has no key' 'get the ISO again and compare its checksum'
}

# $sums: file of the medium → the line of SHA256SUMS about it.
list_sums() {
  declare -gA sums=()
  local line path
  while IFS= read -r line; do
    [[ $line =~ ^([0-9a-f]{64})\ [\ *](\./)?(.+)$ ]] || continue
    path=${BASH_REMATCH[3]}
    sums[$path]="${BASH_REMATCH[1]}  $path"
  done <"$medium/qubes/SHA256SUMS"
}

# check_files PATH…: files of the medium are listed and as listed; one process for all of them.
check_files() {
  local path list='' line
  for path in "$@"; do
    [ -n "${sums[$path]:-}" ] || refuse 3 medium/unlisted "$path is not in qubes/SHA256SUMS" 'get the ISO again and compare its checksum'
    list+=${sums[$path]}$'\n'
  done
  (cd "$medium" && sha256sum --check --strict --quiet) <<<"${list%$'\n'}" >"$work/said" 2>&1 && return
  cat "$work/said" >>"$log"
  while IFS= read -r line; do
    case $line in *': FAILED'*) refuse 3 medium/damaged "${line%%: FAILED*} is not what was signed" 'get the ISO again and compare its checksum' ;; esac
  done <"$work/said"
  refuse 3 medium/damaged 'the medium cannot be read' 'write the ISO to another medium'
}

# Everything big that is going to be installed, besides the packages: apt compares those with its own signed index.
check_contents() {
  local wanted=() file
  if [ "${answer[mode]}" = install ] && ! base_is_checked; then wanted=(qubes/system.squashfs); fi
  for file in "${template_files[@]}"; do wanted+=("qubes/templates/$file"); done
  list_windows_tools
  for file in "${tool_paths[@]}"; do wanted+=("qubes/windows-tools/$file"); done
  [ "${#wanted[@]}" != 0 ] || return 0
  say 'checking the contents of the medium'
  check_files "${wanted[@]}"
}

read_product() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^([A-Z_]+)=(.*)$ ]]; then product[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}; fi
  done <"$medium/qubes/product.conf"
  is_product_value NAME '[a-z][a-z0-9-]*'
  is_product_value TITLE '.+'
  is_product_value VERSION '[0-9][A-Za-z0-9.+~-]*'
  is_product_value VMM '[a-z][a-z0-9-]*'
  is_product_value LABEL '[A-Za-z0-9_.-]+'
  is_product_value PACKAGES '[a-z0-9][a-z0-9+.-]*( [a-z0-9][a-z0-9+.-]*)*'
}

is_product_value() { # KEY PATTERN
  [[ ${product[$1]:-} =~ ^($2)$ ]] || refuse 3 medium/invalid "qubes/product.conf has no valid $1" 'report this: the medium was made so'
}

# The templates of the medium that are wanted, as arrays of the same order: names, files, sizes in bytes, SHA-256 of
# the unpacked images.
choose_templates() { # all | none | NAMES
  local name file size sum remaining=" $1 "
  template_names=() template_files=() template_sizes=() template_sums=()
  while IFS=$'\t' read -r name file size sum; do
    [[ $name =~ ^[A-Za-z][A-Za-z0-9_-]{0,30}$ && $file =~ ^[A-Za-z0-9][A-Za-z0-9._-]*\.zst$ && $size =~ ^[0-9]{1,15}$ &&
      $sum =~ ^[0-9a-f]{64}$ ]] || refuse 3 medium/invalid 'qubes/templates.conf has an invalid line' 'report this: the medium was made so'
    case $remaining in ' all ' | *" $name "*) ;; *) continue ;; esac
    remaining=${remaining/ $name / }
    template_names+=("$name") template_files+=("$file") template_sizes+=("$size") template_sums+=("$sum")
  done <"$medium/qubes/templates.conf"
  remaining=${remaining# }
  case $remaining in '' | 'all ' | 'none ') ;; *) refuse 2 answers/invalid-value "the medium has no template ${remaining% }" 'see qubes/templates.conf' ;; esac
}
