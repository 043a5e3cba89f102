# The product's packages, by the installed system's own apt from the medium's signed repository and nothing else.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

packages_next='the medium and this base system do not fit each other: read the log, report it'

# Everything of apt's that would stay behind lies in the target's /run. Dates are not looked at: the machine's clock may
# be wrong, and a medium does not expire.
prepare_apt() {
  local place=$target/run/qubes/apt suite
  for suite in "$medium"/qubes/packages/dists/*/Release; do suite=${suite%/Release} suite=${suite##*/}; done
  mkdir -p "$place/lists/partial" "$place/cache/archives/partial"
  # apt's own user reads the key and writes the lists.
  cp "$work/key.gpg" "$place/key.gpg"
  chmod 644 "$place/key.gpg"
  chmod 755 "$target/run/qubes" "$place"
  cat >"$place/sources.list" <<EOF
deb [signed-by=/run/qubes/apt/key.gpg] file:/run/qubes/medium/qubes/packages $suite main
EOF
  cat >"$place/apt.conf" <<'EOF'
Dir::Etc::SourceList "/run/qubes/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "/run/qubes/apt/lists";
Dir::Cache "/run/qubes/apt/cache";
Acquire::Check-Date "false";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
APT::Get::AllowUnauthenticated "false";
Dpkg::Use-Pty "false";
Dpkg::Options { "--force-confdef"; "--force-confold"; "--force-unsafe-io"; };
EOF
}

apt() { # APT-GET'S ARGUMENTS
  in_target env APT_CONFIG=/run/qubes/apt/apt.conf apt-get --quiet "$@"
}

install_packages() {
  local packages
  read -ra packages <<<"${product[PACKAGES]}"
  say "installing ${#packages[@]} packages"
  prepare_apt
  defer_initramfs
  try 6 packages/repository "$packages_next" apt update
  # Everything is worked out before anything is unpacked.
  try 6 packages/unresolvable "$packages_next" apt install --simulate "${packages[@]}"
  try 6 packages/failed "$packages_next" apt install "${packages[@]}"
  restore_initramfs
}
