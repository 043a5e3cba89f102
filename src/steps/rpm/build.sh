#!/bin/bash
# Builds source and binary packages from a tree with a spec file.
#
#   QBUILD_IN/source         the component's tree
#   QBUILD_IN/files          files that spec files name and the tree does not have, if any
#   QBUILD_SPECS             paths of spec files below the tree, one a line; empty when there is only one
#   QBUILD_VERSION           version and release for the placeholders of a `.spec.in`; empty: files `version` and `rel`
#   QBUILD_RELEASE
#   QBUILD_PLACEHOLDERS      further placeholders, NAME=value a line
#   QBUILD_OUT/rpms          the binary packages
#   QBUILD_OUT/source        the source packages
#   SOURCE_DATE_EPOCH        date of the build and latest date of files in packages
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD
export HOME=$work

fail() {
  echo "error: $*" >&2
  exit 1
}

cp -r "$in/source" "$work/tree"
chmod -R u+w "$work/tree"
cd "$work/tree"

# The spec file of a name, made of its `.in` where the tree has only that.
is_spec() {
  [ -f "$1" ] || [ -f "$1.in" ]
}

# The text in the place of a placeholder; fails for one that nobody knows.
placeholder() {
  local value
  case $1 in
    VERSION) echo "${QBUILD_VERSION:-$(head -n 1 version)}" ;;
    REL) echo "${QBUILD_RELEASE:-$(if [ -f rel ]; then head -n 1 rel; else echo 1; fi)}" ;;
    CHANGELOG)
      printf '* %s qbuild <qbuild@localhost> - %s-%s\\n- Built from this version of the source.' \
        "$(date --utc --date="@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" "$(placeholder VERSION)" "$(placeholder REL)"
      ;;
    *)
      value=$(grep -m 1 "^$1=" <<<"${QBUILD_PLACEHOLDERS:-}") || return 1
      echo "${value#*=}"
      ;;
  esac
}

# Every @NAME@ gets its text. Others, such as an e-mail address, have no such form.
fill_placeholders() {
  local name value commands=()
  while read -r name; do
    value=$(placeholder "$name") || fail "$1.in has the placeholder @$name@; state it with \`placeholders\` in the recipe"
    value=${value//&/\\&}
    commands+=(-e "s|@$name@|${value//|/\\|}|g")
  done < <(grep -oE '@[A-Z][A-Z0-9_]*@' "$1.in" | tr -d @ | LC_ALL=C sort -u)
  sed "${commands[@]}" "$1.in" >"$1"
}

if [ -n "${QBUILD_SPECS:-}" ]; then
  mapfile -t specs <<<"$QBUILD_SPECS"
  for spec in "${specs[@]}"; do
    is_spec "$spec" || fail "the source has no file $spec; correct \`spec\` in the recipe"
  done
else
  mapfile -t specs < <(find . -maxdepth 3 -name '*.spec' -printf '%P\n' -o -name '*.spec.in' -printf '%P\n' |
    sed 's/\.in$//' | LC_ALL=C sort -u)
  [ "${#specs[@]}" -eq 1 ] || fail "the source has ${#specs[@]} spec files (${specs[*]}); name one as \`spec\` in the recipe"
fi
for spec in "${specs[@]}"; do
  if [ ! -f "$spec" ]; then fill_placeholders "$spec"; fi
done

mkdir -p "$work/tmp" "$work/rpmbuild/SOURCES" "$out/rpms" "$out/source"
# The root has no database of packages, since it is one of Debian: build dependencies are those of the recipe.
settings=(
  --nodeps
  --define "_topdir $work/rpmbuild"
  --define "_dbpath $work/rpmdb"
  --define "_tmppath $work/tmp"
  --define "_buildhost sandbox"
  --define "source_date_epoch_from_changelog 0"
  --define "use_source_date_epoch_as_buildtime 1"
  --define "clamp_mtime_to_source_date_epoch 1"
  --define "_smp_build_ncpus $(nproc)"
)

# What `%setup` unpacks is made of the tree; patches and further sources lie beside the spec file, or at the top.
make_archive() {
  local file=$1 name compress
  name=$(rpmspec --query --srpm --queryformat '%{name}-%{version}' "${settings[@]:1}" "$spec")
  case $file in
    *.tar) compress=(cat) ;;
    *.tar.gz | *.tgz) compress=(gzip --no-name) ;;
    *.tar.xz) compress=(xz --threads=1) ;;
    *.tar.bz2) compress=(bzip2) ;;
    *) fail "$spec names the source $file, which is not in the tree" ;;
  esac
  tar --create --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --transform="s,^\./,$name/,S" . | "${compress[@]}" >"$work/rpmbuild/SOURCES/$file"
}

# Puts beside the spec file what it names.
collect_sources() {
  local tag file
  rpmspec --parse "${settings[@]:1}" "$spec" >"$work/parsed"
  while read -r tag file; do
    file=${file##*/}
    if [ -f "$in/files/$file" ]; then
      cp "$in/files/$file" "$work/rpmbuild/SOURCES/"
    elif [ -f "$(dirname "$spec")/$file" ]; then
      cp "$(dirname "$spec")/$file" "$work/rpmbuild/SOURCES/"
    elif [ -f "$file" ]; then
      cp "$file" "$work/rpmbuild/SOURCES/"
    elif [[ $tag =~ ^[Ss]ource0?:$ ]]; then
      make_archive "$file"
    else
      fail "$spec names the ${tag%:} $file, which is not in the tree"
    fi
  done < <(grep -iE '^(source|patch)[0-9]*:' "$work/parsed")
}

for spec in "${specs[@]}"; do
  collect_sources
  rpmbuild -ba "${settings[@]}" "$spec"
done
find "$work/rpmbuild/RPMS" -name '*.rpm' -exec mv -t "$out/rpms" {} +
find "$work/rpmbuild/SRPMS" -name '*.rpm' -exec mv -t "$out/source" {} +
