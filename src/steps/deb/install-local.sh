#!/bin/bash
# Installs the product's own packages that a build or a guest needs into its root: the named ones, and what these
# depend on.
#
#   QBUILD_IN/debs/<component>/*.deb   what the components below made
#   QBUILD_IN/installer                the script that unpacks and configures packages
#   QBUILD_INSTALL                     names of packages, one a line; a name may be one that a package provides
#   QBUILD_INSTALL_OF                  components, one a line: all of their packages that are not for development
#   QBUILD_WITHOUT                     packages of these components that are not wanted, one a line
#   QBUILD_ALLOWED                     packages that may replace one of the distribution, one a line
set -euo pipefail
in=${QBUILD_IN:-/in}
work=$PWD/install
log=$PWD/install.log
mkdir -p "$work/packages"

# A last line of this form gives the failure its code.
refuse() {
  printf 'qbuild: failure %s: %s\n' "$1" "$2"
  exit 1
}

# The names in a list of relations, without versions, architectures and alternatives' bars.
names_in() {
  [ -n "$1" ] || return 0
  sed -e 's/([^)]*)//g' -e 's/:[a-z0-9-]*//g' <<<"$1" | tr -s ',| ' '\n' | sed '/^$/d'
}

declare -A file_of depends_of provided_by selected

# What every package is, depends on and provides.
read_packages() {
  local file fields package provides depends name
  for file in "$in"/debs/*/*.deb; do
    # One call for all fields: many packages, and a process for each of their fields, take longer than what follows.
    # shellcheck disable=SC2016 # dpkg-deb expands them
    fields=$(dpkg-deb --show --showformat='${Package}\n${Provides}\n${Pre-Depends}, ${Depends}\n' "$file") ||
      refuse deb/corrupt-package "${file#"$in"/debs/} is no sound package"
    { read -r package && read -r provides && read -r depends; } <<<"$fields"
    file_of[$package]=$file
    depends_of[$package]=$depends
    for name in $(names_in "$provides"); do provided_by[$name]=${provided_by[$name]:-$package}; done
  done
}

# Adds a package by its own name or by one that it provides; other names are the distribution's.
select_package() {
  local package=$1 name
  if [ -z "${file_of[$package]:-}" ]; then package=${provided_by[$1]:-}; fi
  if [ -z "$package" ] || [ -n "${selected[$package]:-}" ]; then return 0; fi
  selected[$package]=yes
  for name in $(names_in "${depends_of[$package]}"); do select_package "$name"; done
}

# Installed packages that have or provide the name of a selected one: the package and that name, a line each. One
# program looks at all of them: with some for each, this took longer than unpacking.
namesakes() {
  dpkg-query --show --showformat='${Package}\t${Provides}\n' |
    SELECTED=$(printf '%s\n' "${!selected[@]}") awk -F '\t' '
      BEGIN { split(ENVIRON["SELECTED"], list, "\n"); for (place in list) selected[list[place]] }
      {
        gsub(/\([^)]*\)|:[a-z0-9-]*/, "", $2)
        count = split($1 "," $2, names, /[, |]+/)
        for (place = 1; place <= count; place++)
          if (names[place] != "" && names[place] in selected) print $1 "\t" names[place]
      }'
}

# The distribution must neither have one of these packages nor claim to be one.
check_distribution() {
  local found package name
  found=$(namesakes)
  [ -n "$found" ] || return 0
  while IFS=$'\t' read -r package name; do
    if ! grep -qxF -e "$name" <<<"${QBUILD_ALLOWED:-}"; then
      refuse deb/shadowed-package "the distribution's $package is installed and stands for $name, which this product makes itself"
    fi
    if [ "$name" = "$package" ]; then dpkg --force-depends --purge "$package"; fi
  done <<<"$found"
}

# The packages are this product's own, so what the installer says of them is said in the words of this step.
explain_failure() {
  local stated
  stated=$(sed -n 's|^qbuild: failure root/||p' "$log" | tail -n 1)
  [ -z "$stated" ] || refuse "deb/${stated%%: *}" "${stated#*: }"
  exit 1
}

read_packages
while read -r name; do
  if [ -z "${file_of[$name]:-}${provided_by[$name]:-}" ]; then
    refuse deb/missing-package "debian/control promises the package $name, but the build did not make it"
  fi
  select_package "$name"
done < <(printf '%s\n' "${QBUILD_INSTALL:-}" | sed '/^$/d')
while read -r component; do
  for name in "${!file_of[@]}"; do
    case ${file_of[$name]}:$name in
      *-dev | *-dbgsym | *-doc) ;;
      "$in/debs/$component/"*)
        if ! grep -qxF -e "$name" <<<"${QBUILD_WITHOUT:-}"; then select_package "$name"; fi
        ;;
    esac
  done
done < <(printf '%s\n' "${QBUILD_INSTALL_OF:-}" | sed '/^$/d')
check_distribution
for name in "${!selected[@]}"; do cp "${file_of[$name]}" "$work/packages/"; done
ls "$work/packages"
QBUILD_IN=$work QBUILD_ROOT=/ bash "$in/installer" 2>&1 | tee "$log" || explain_failure
