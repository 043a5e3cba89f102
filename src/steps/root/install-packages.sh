#!/bin/bash
# Installs pinned packages into a root: unpacks all in parallel, registers them with dpkg, configures once.
#
# usage: install-packages.sh
#   QBUILD_IN/packages/*.deb        the packages, already verified
#   QBUILD_ROOT                     `/` to add to the running root, or a directory that becomes a first root
#
# Ends with `qbuild: failure root/CODE: TEXT` when a package is at fault.
#
# dpkg itself would unpack one package after the other and sync each. Here every archive is unpacked at
# once and dpkg is told what it would have written: one status entry and the info files per package, with
# state `unpacked`. All files are in place before the first maintainer script runs.
set -euo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true

root=${QBUILD_ROOT:-/}
packages=${QBUILD_IN:-/in}/packages
admin=${root%/}/var/lib/dpkg
work=$(mktemp -d)
umask 022

# What runs in a first root, which this script had to mount something into, may not do so itself: with the right to mount
# (and with that to trace this shell) it could reach the store behind the inputs. Other roots' sandboxes have neither.
in_root() {
  local without=-sys_admin,-sys_ptrace
  if [ "$root" = / ]; then "$@"; else
    setpriv --inh-caps="$without" --bounding-set="$without" chroot "$root" "$@"
  fi
}

# refuse CODE MESSAGE: ends the action; the last such line of a log is the failure that a person sees.
refuse() {
  printf 'qbuild: failure root/%s: %s\n' "$1" "$2" >&2
  exit 1
}

# in_short: the last lines of its input as the end of a sentence; none when there are none.
in_short() {
  sed '/^[[:space:]]*$/d' | tail -n 6 | tr -s '\n\t ' '; ' | sed -e 's/;*$//' -e 's/; */; /g' -e 's/^./: &/'
}

# A first root has merged /usr before anything is unpacked, as debian-installer makes it.
prepare_first_root() {
  local name
  mkdir -p "$root"
  chmod 755 "$root"
  for name in bin sbin lib lib64; do
    mkdir -p "$root/usr/$name"
    ln -s "usr/$name" "$root/$name"
  done
  mkdir -p "$root"/{dev,proc,sys,run,tmp,in,out,build,etc,var/log,var/cache} "$admin"/{info,updates,triggers,alternatives,parts}
  chmod 1777 "$root/tmp"
  touch "$admin/status" "$admin/available"
  # A sandbox has no services to start.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Maintainer scripts need both. Not before everything is unpacked: base-files has directories of these names,
# and only a real root may change those of a mounted file system.
mount_into_first_root() {
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
}

# What nobody reads in a root, and in a running root what is mounted. Copyrights stay: roots become guest images.
list_excluded() {
  printf './usr/share/%s\n' 'man/*' 'info/*' 'locale/*' 'lintian/*' 'doc/*/[!c]*' 'doc/*/c[!o]*' 'doc/*/co[!p]*'
  [ "$root" != / ] || printf './%s\n' dev proc sys in out build
}

# Unpacks one archive, and leaves its control files and its list of paths in directories of that name in $work.
unpack_one() {
  dpkg-deb --control "$packages/$1" "$work/control/$1" || return
  dpkg-deb --fsys-tarfile "$packages/$1" |
    tar --extract --verbose --preserve-permissions --same-owner --keep-directory-symlink --directory="$root" \
      --exclude-from="$work/excluded" --file=- >"$work/paths/$1"
}

# One for each core at a time; the largest first, so that no core waits for it in the end.
unpack_all() {
  local deb free
  free=$(nproc)
  mkdir "$work/control" "$work/paths"
  find -L "$packages" -name '*.deb' -printf '%s %f\n' | sort -n -r >"$work/archives"
  echo "unpacking $(wc -l <"$work/archives") packages"
  while read -r _ deb; do
    if [ "$free" -eq 0 ]; then wait -n; else free=$((free - 1)); fi
    [ ! -e "$work/not-unpacked" ] || break
    { unpack_one "$deb" || echo "$deb" >>"$work/not-unpacked"; } &
  done <"$work/archives"
  wait
  [ ! -e "$work/not-unpacked" ] || explain_unpacking
}

# An archive that dpkg-deb and tar can read is not to blame: then the log has what they said.
explain_unpacking() {
  local deb said
  while read -r deb; do
    said=$({ dpkg-deb --control "$packages/$deb" "$work/again" &&
      dpkg-deb --fsys-tarfile "$packages/$deb" | tar --list >/dev/null; } 2>&1) ||
      refuse corrupt-package "The package $deb cannot be unpacked$(in_short <<<"$said")"
  done <"$work/not-unpacked"
  exit 1
}

# Writes what dpkg would have recorded for every unpacked package: its status, its info files, the triggers that it is
# interested in. Notes preinsts and activated triggers. One program for all: in shell this took longer than unpacking.
register_all() {
  perl - "$work" "$admin" <<'PERL'
use strict;
use warnings;
my ($work, $admin) = @ARGV;

sub slurp {
    open my $in, '<:raw', $_[0] or die "$_[0]: $!\n";
    local $/;
    return scalar readline($in) // '';
}

sub append {
    my ($file, $text) = @_;
    open my $out, '>>:raw', $file or die "$file: $!\n";
    print {$out} $text;
    close $out or die "$file: $!\n";
}

sub add_interest {
    my ($trigger, $who) = @_;
    return append("$admin/triggers/File", "$trigger $who\n") if $trigger =~ m{^/};
    append("$admin/triggers/$trigger", "$who\n");
}

sub register_triggers {
    my ($name, $text) = @_;
    $text =~ s/#.*//mg;
    for (split /\n/, $text) {
        my ($kind, $trigger) = split ' ';
        next if !defined $trigger;
        add_interest($trigger, $name) if $kind =~ /^interest(-await)?$/;
        add_interest($trigger, "$name/noawait") if $kind eq 'interest-noawait';
        append("$work/activated", "$trigger\n") if $kind =~ /^activate/;
    }
}

for my $dir (sort glob "$work/control/*.deb") {
    my ($deb) = $dir =~ m{([^/]+)$};
    my $control = slurp("$dir/control");
    my ($package) = $control =~ /^Package: *(\S+)/m;
    my ($architecture) = $control =~ /^Architecture: *(\S+)/m;
    my $name = $control =~ /^Multi-Arch: *same/mi ? "$package:$architecture" : $package;
    $control =~ s/^[ \t]*\n//mg;
    $control =~ s/\n*\z/\n/;
    $control =~ s/^(Package:.*\n)/$1Status: install ok unpacked\n/m;
    if (-s "$dir/conffiles") {
        my @paths = slurp("$dir/conffiles") =~ m{^(/[^ \n]*)$}mg;
        $control .= join '', "Conffiles:\n", map { " $_ newconffile\n" } @paths;
    }
    append("$admin/status", "$control\n");
    my $paths = slurp("$work/paths/$deb");
    $paths =~ s{^\./}{/}mg;
    $paths =~ s{/$}{}mg;
    $paths =~ s{^$}{/.}m;
    append("$admin/info/$name.list", $paths);
    for my $file (grep { !m{/control$} } glob "$dir/*") {
        my ($member) = $file =~ m{([^/]+)$};
        append("$admin/info/$name.$member", slurp($file));
        chmod 0777 & (stat $file)[2] & ~umask(), "$admin/info/$name.$member";
    }
    register_triggers($name, slurp("$dir/triggers")) if -f "$dir/triggers";
    append("$work/preinsts", "$package $architecture $name\n") if -f "$dir/preinst";
}
PERL
}

# preinst scripts create users and divert files; base-passwd's makes the user database, so it goes first.
run_preinsts() {
  local package architecture name status
  [ -f "$work/preinsts" ] || return 0
  while read -r package architecture name; do
    DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_PACKAGE=$package DPKG_MAINTSCRIPT_ARCH=$architecture \
      DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT='' \
      in_root "/var/lib/dpkg/info/$name.preinst" install </dev/null >"$work/said" 2>&1 && status=0 || status=$?
    cat "$work/said"
    [ "$status" -eq 0 ] ||
      refuse maintainer-script "The preinst script of $package ended with exit status $status$(in_short <"$work/said")"
  done < <(sort -k1,1 "$work/preinsts" | awk '$1 == "base-passwd" { print; next } { rest = rest $0 "\n" } END { printf "%s", rest }')
}

# Packages of lower layers wait for files (ldconfig, caches): wakes those whose paths received something.
activate_triggers() {
  local path watcher
  cat "$work"/paths/* | sed 's|^\.||' | sort -u >"$work/all-paths"
  if [ -f "$work/lower-triggers" ]; then
    while read -r path watcher; do
      if grep -q -F -e "$path/" "$work/all-paths"; then printf '%s\n' "$path" >>"$work/activated"; fi
      : "$watcher"
    done <"$work/lower-triggers"
  fi
  [ -f "$work/activated" ] || return 0
  while read -r path; do
    in_root dpkg-trigger --by-package=dpkg --no-await "$path"
  done < <(sort -u "$work/activated")
}

# An initramfs belongs to an image and is made once a kernel, by an action of its own: kernels and hooks that ask for
# one while they are configured find a program that makes none.
without_initramfs() {
  mkdir "$work/programs"
  printf '#!/bin/sh\nexit 0\n' >"$work/programs/update-initramfs"
  chmod 755 "$work/programs/update-initramfs"
  PATH=$work/programs:$PATH
}

# Not into a pipe, which something that a script leaves running would hold open; and read meanwhile, for the log.
configure_all() {
  local dpkg
  : >"$work/configured"
  in_root dpkg --force-unsafe-io --abort-after=1 --configure --pending >>"$work/configured" 2>&1 &
  dpkg=$!
  tail --lines=+1 --follow --sleep-interval=0.1 --pid="$dpkg" "$work/configured"
  wait "$dpkg" || explain_configuring
}

# dpkg says ` installed NAME package post-installation script subprocess returned error exit status N` (newer ones:
# `failed with exit status N`) after what the script itself said, and that after the name of the package.
explain_configuring() {
  local trouble='^ (installed )?([^ ]+) package post-installation script subprocess (returned error|failed with|was killed by) (.*)$' line
  local problems='dependency problems prevent configuration'
  if line=$(grep -m 1 -E "$trouble" "$work/configured") && [[ $line =~ $trouble ]]; then
    refuse maintainer-script "The postinst script of ${BASH_REMATCH[2]} ended with ${BASH_REMATCH[4]}$(
      tac "$work/configured" | sed -E -e '0,/^dpkg: error processing/d' -e '/^(Setting up|Processing triggers for) /Q' | tac | in_short
    )"
  elif grep -q "$problems" "$work/configured"; then
    refuse unmet-dependencies "$(grep -m 1 -A 4 "$problems" "$work/configured" | tr -s '\n ' '  ')"
  fi
  exit 1
}

# What differs from run to run, or would give every system the same identity, does not belong in a root.
clean_up() {
  rm -rf "${root%/}"/var/cache/ldconfig/aux-cache "${root%/}"/var/lib/dpkg/*-old "${root%/}"/var/cache/debconf/*-old \
    "${root%/}"/etc/{passwd,group,shadow,gshadow,subuid,subgid}- "$admin"/lock "$admin"/lock-frontend "$admin"/triggers/Lock
  find "${root%/}/var/log" -type f -delete
  : >"${root%/}/etc/machine-id"
}

[ "$root" = / ] || prepare_first_root
if [ -s "$admin/triggers/File" ]; then cp "$admin/triggers/File" "$work/lower-triggers"; fi

list_excluded >"$work/excluded"
unpack_all
echo "registering"
register_all
[ "$root" = / ] || mount_into_first_root
echo "configuring"
run_preinsts
activate_triggers
without_initramfs
configure_all
in_root dpkg --audit >"$work/audit"
if [ -s "$work/audit" ]; then
  cat "$work/audit" >&2
  exit 1
fi
clean_up
rm -rf "$work"
if [ "$root" != / ]; then umount -R "$root/proc" "$root/dev"; fi
