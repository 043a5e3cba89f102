#!/bin/bash
# Builds a Debian source tree with dpkg-buildpackage: the same source and root make the same bytes.
#
#   QBUILD_IN/source           the tree, with debian/
#   QBUILD_IN/downloads        files for debian/downloads/, if any
#   QBUILD_IN/archive          upstream's archive, where the tree has the packaging alone
#   QBUILD_IN/commands         shell commands that prepare the source, if any; their programs are in QBUILD_IN/plugins
#   QBUILD_PACKAGING           the directory in the tree that has debian/, when that is not at the top
#   QBUILD_PROFILES            build profiles, separated by spaces; `nocheck` is an option, too
#   QBUILD_VERSION_SUFFIX      added to the version of the newest changelog entry; may be empty
#   QBUILD_OUT/debs            the .deb files
#   QBUILD_OUT/source          .dsc, tarballs, .buildinfo, .changes
set -euo pipefail
umask 022
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD/package
log=$PWD/build.log

# A last line of this form gives the failure its code.
refuse() {
  printf 'qbuild: failure %s: %s\n' "$1" "$2"
  exit 1
}

changelog_field() {
  dpkg-parsechangelog --file "$tree/debian/changelog" --show-field "$1"
}

copy_tree() {
  cp -r --no-target-directory "$1" "$2"
  chmod -R u+w "$2"
}

# Runs the commands of a repository with the directories that it knows by these names.
prepare_source() {
  [ -f "$in/commands" ] || return 0
  sed -e "s,@SOURCE_DIR@,$repository,g" -e "s,@BUILD_DIR@,$tree,g" -e "s,@PLUGINS_DIR@/,bash $in/plugins/,g" \
    "$in/commands" >"$PWD/commands"
  (cd "$repository" && bash -euxo pipefail "$OLDPWD/commands") ||
    refuse deb/preparation-failed "a command of the repository's .qubesbuilder failed"
}

copy_source() {
  local packaging=$in/source/${QBUILD_PACKAGING:-.}/debian
  [ -f "$packaging/control" ] || refuse deb/missing-packaging "the source has no debian/control"
  source=$(dpkg-parsechangelog --file "$packaging/changelog" --show-field Source) ||
    refuse deb/malformed-changelog "dpkg cannot read debian/changelog"
  # Programs record where they were compiled: the same place everywhere.
  tree=$work/$source
  mkdir -p "$work"
  if [ -d "$in/archive" ]; then
    # The archive is upstream's word: what is in it, how it is packed and what it is called stay as they are.
    repository=$PWD/repository
    copy_tree "$in/source" "$repository"
    mkdir "$tree"
    tar --extract --strip-components=1 --no-same-owner --directory="$tree" --file="$(echo "$in"/archive/*)"
    chmod -R u+w "$tree"
    prepare_source
    cp -r --no-target-directory "$repository/${QBUILD_PACKAGING:-.}/debian" "$tree/debian"
  else
    repository=$tree
    copy_tree "$in/source" "$tree"
    if [ -n "${QBUILD_PACKAGING:-}" ]; then cp -r --no-target-directory "$tree/$QBUILD_PACKAGING/debian" "$tree/debian"; fi
    prepare_source
  fi
  if [ -d "$in/downloads" ]; then cp -r --no-target-directory "$in/downloads" "$tree/debian/downloads"; fi
  chmod +x "$tree/debian/rules"
  if [ -n "${QBUILD_VERSION_SUFFIX:-}" ]; then
    sed -i "0,/^[^[:space:]].*(/s/(\([^)]*\))/(\1$QBUILD_VERSION_SUFFIX)/" "$tree/debian/changelog"
  fi
  version=$(changelog_field Version)
  SOURCE_DATE_EPOCH=$(changelog_field Timestamp)
  export SOURCE_DATE_EPOCH
  find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# Format 3.0 (quilt) wants the upstream part as a tarball beside the tree.
make_orig_tarball() {
  local format upstream
  format=$(head -n 1 "$tree/debian/source/format" 2>/dev/null || true)
  [ "$format" = '3.0 (quilt)' ] || return 0
  upstream=${version#*:}
  case $upstream in
    *-*) upstream=${upstream%-*} ;;
    *) refuse deb/bad-version "version $version has no Debian revision, and the source format 3.0 (quilt) wants one" ;;
  esac
  if [ -d "$in/archive" ]; then
    local archive
    archive=$(echo "$in"/archive/*)
    case $archive in
      *.tar.gz | *.tar.xz | *.tar.bz2) cp "$archive" "$work/${source}_$upstream.orig.tar.${archive##*.}" ;;
      *.tgz) cp "$archive" "$work/${source}_$upstream.orig.tar.gz" ;;
      *) refuse deb/bad-archive "dpkg takes no upstream archive like ${archive##*/}" ;;
    esac
    return 0
  fi
  # S: what symlinks point to stays as it is.
  tar --create --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --exclude=./debian --transform="s,^\.,$source-$upstream,S" --directory="$tree" . |
    gzip --no-name >"$work/${source}_$upstream.orig.tar.gz"
}

run_build() {
  local options profiles=() records
  options="parallel=$(nproc)"
  if [[ " ${QBUILD_PROFILES:-} " == *' nocheck '* ]]; then options="$options nocheck"; fi
  if [ -n "${QBUILD_PROFILES:-}" ]; then profiles=("--build-profiles=${QBUILD_PROFILES// /,}"); fi
  records=$(normalised_records)
  (
    cd "$tree" || exit
    # bubblewrap's user has the id 0, so dpkg would take itself for root and leave fakeroot out.
    DEB_BUILD_OPTIONS=$options dpkg-buildpackage --build=full --unsigned-source --unsigned-changes \
      --root-command=fakeroot --changes-option=-sa --hook-changes="$records" "${profiles[@]}" 2>&1
  ) | tee "$log" || explain_failure
}

# Zeroed memory (GLIBC_TUNABLES) is for tools that read what they never wrote. dpkg-deb does not, and its compressor asks
# for a hundred megabytes and more for each package: zeroing them took as long as the package.
spare_dpkg_deb() {
  local programs=$PWD/programs
  mkdir "$programs"
  printf '#!/bin/sh\nunset GLIBC_TUNABLES\nexec %s "$@"\n' "$(command -v dpkg-deb)" >"$programs/dpkg-deb"
  chmod 755 "$programs/dpkg-deb"
  PATH=$programs:$PATH
}

explain_failure() {
  local end
  end=$(tail -n 60 "$log")
  if grep -q '^dpkg-checkbuilddeps: error' "$log"; then
    refuse deb/unmet-dependencies "$(sed -n 's/^dpkg-checkbuilddeps: error: //p' "$log" | tr '\n' ' ')"
  elif grep -qE 'native package version may not have a revision|version does not contain a revision' <<<"$end"; then
    refuse deb/bad-version "version $version does not fit the format of the source package"
  elif grep -qiE 'could(n.t| not) resolve|name resolution|name or service not known|no such host|network is unreachable' <<<"$end"; then
    refuse deb/needs-network "the build asks for the network, which it does not have"
  fi
  exit 1
}

# The command that takes out of .buildinfo what it records of this run and not of what was built: the time, and how many
# cores there were. dpkg-buildpackage runs it before .changes gets the checksum.
normalised_records() {
  local buildinfo date
  buildinfo=../${source}_${version#*:}_$(dpkg --print-architecture).buildinfo
  date=$(date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')
  printf "sed -i -e 's/^Build-Date: .*/Build-Date: %s/' -e '%s' '%s'" \
    "$date" '/^ DEB_BUILD_OPTIONS=/{s/parallel=[0-9]* *//;/=""$/d}' "$buildinfo"
}

collect() {
  local file
  mkdir -p "$out/debs" "$out/source"
  for file in "$work"/*; do
    [ -f "$file" ] || continue
    case $file in
      *.deb) mv "$file" "$out/debs/" ;;
      *) mv "$file" "$out/source/" ;;
    esac
  done
  [ -n "$(ls "$out/debs")" ] || refuse deb/no-packages "the build made no .deb"
  ls -l "$out/debs" "$out/source"
}

copy_source
make_orig_tarball
spare_dpkg_deb
run_build
collect
