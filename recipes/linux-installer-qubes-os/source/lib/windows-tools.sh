# Programs for Windows guests: from the medium to the installed system, where a guest's disc can be made of them.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

windows_tools_directory=/usr/share/qubes/windows-tools

# The files that the medium has, as arrays of the same order: paths and SHA-256. None where the product has no such programs.
list_windows_tools() {
  local path component size sum word='[A-Za-z0-9_][A-Za-z0-9._+ -]*'
  tool_paths=() tool_sums=()
  [ -n "${sums[qubes/windows-tools.conf]:-}" ] || return 0
  check_files qubes/windows-tools.conf
  while IFS=$'\t' read -r path component size sum; do
    [[ $path =~ ^$word(/$word)*$ && $component =~ ^[a-z0-9-]+$ && $size =~ ^[0-9]{1,15}$ && $sum =~ ^[0-9a-f]{64}$ ]] ||
      refuse 3 medium/invalid 'qubes/windows-tools.conf has an invalid line' 'report this: the medium was made so'
    tool_paths+=("$path") tool_sums+=("$sum")
  done <"$medium/qubes/windows-tools.conf"
}

# All of them or those of before: under another name until what was copied is what the list says.
install_windows_tools() {
  local new=$target$windows_tools_directory.new at list=''
  [ "${#tool_paths[@]}" != 0 ] || return 0
  say "programs for Windows guests (${#tool_paths[@]} files)"
  rm -rf "$new"
  mkdir -p "$new"
  try 7 windows-tools/copying 'the disk may be full or broken: read the log' copy_windows_tools "$new"
  for at in "${!tool_paths[@]}"; do list+="${tool_sums[at]}  ${tool_paths[at]}"$'\n'; done
  (cd "$new" && sha256sum --check --strict --quiet) <<<"${list%$'\n'}" >>"$log" 2>&1 ||
    refuse 3 medium/damaged 'a program for Windows guests is not what qubes/windows-tools.conf says' 'get the ISO again and compare its checksum'
  rm -rf "$target$windows_tools_directory"
  mv "$new" "$target$windows_tools_directory"
}

copy_windows_tools() { # DIRECTORY
  (cd "$medium/qubes/windows-tools" && cp --parents -- "${tool_paths[@]}" "$1") && chmod -R u=rwX,go=rX "$1"
}
