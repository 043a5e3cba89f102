#!/usr/bin/perl
# Finds the files that a hosted installer installs, checks them, and lists them.
#   layout.pl LAYOUT INPUTS EPOCH OUT
# LAYOUT: records `feature ID`, `tree COMPONENT FEATURE SUBTREE`, `need PATH PURPOSE`,
# `payload ID FEATURE INTO FILE OPTIONAL`.
# INPUTS/component-NAME: staged trees; INPUTS/payload-ID: a file, or a directory of parts in order of name.
# OUT/content/N: copies of the files, named by number, because both makensis and wixl give characters of names
# a meaning, and with the time EPOCH. OUT/features: `ID`; OUT/files: `FEATURE PATH N`;
# OUT/payloads: `ID FEATURE INTO PART FILE SHA256 SIZE OPTIONAL`. Tabs separate fields, everywhere.
use strict;
use warnings;

my ($layout, $inputs, $epoch, $out) = @ARGV;
# Windows keeps these names for devices, whatever follows their first dot.
my $device = qr/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$/i;
# Room for the installation directory within the 260 characters that many Windows programs can open.
my $longest = 180;
my (%owner, %installed, @features, @files, @needs, @payloads, @problems);

sub read_layout {
    open my $in, '<', $layout or die "$layout: $!\n";
    while (my $line = <$in>) {
        chomp $line;
        my ($kind, @fields) = split /\t/, $line, -1;
        if ($kind eq 'feature') { push @features, @fields }
        elsif ($kind eq 'tree') { find_files(@fields) }
        elsif ($kind eq 'need') { push @needs, [@fields] }
        elsif ($kind eq 'payload') { push @payloads, [@fields] }
        else { die "$layout: unknown record $kind\n" }
    }
    close $in;
}

sub check_name {
    my ($path) = @_;
    for my $part (split m{/}, $path) {
        push @problems, "$path: \"$part\" is no file name on Windows"
            if $part =~ /[\x00-\x1f\x7f\\<>:"|?*]/ or $part =~ /[. ]$/ or $part =~ $device;
    }
    my $text = $path;
    push @problems, "$path: not UTF-8" unless utf8::decode($text);
    push @problems, "$path: longer than $longest characters" if length $text > $longest;
    push @problems, "$path: a name of the installer's own" if $path =~ m{^(?:uninstall\.(?:exe|txt)|\.setup(?:/.*)?)$}i;
}

sub own {
    my ($path, $who) = @_;
    my $name = $path;
    utf8::decode($name);
    my $folded = lc $name;
    push @problems, "$path: owned by $owner{$folded} and by $who" if exists $owner{$folded};
    $owner{$folded} = $who;
}

sub find_files {
    my ($component, $feature, $subtree) = @_;
    my $tree = "$inputs/component-$component";
    die "$tree: the component's staged tree is missing\n" unless -d $tree;
    my @waiting = ($subtree);
    while (defined(my $path = shift @waiting)) {
        my $source = "$tree/$path";
        if (-l $source) { push @problems, "$path: a link in component $component" }
        elsif (-d $source) {
            opendir my $dir, $source or die "$source: $!\n";
            push @waiting, map { "$path/$_" } grep { $_ ne '.' and $_ ne '..' } readdir $dir;
            closedir $dir;
        }
        elsif (-f $source) {
            check_name($path);
            own($path, "component $component");
            push @files, [$feature, $path, $source];
            $installed{$path} = 1;
        }
        elsif (-e $source) { push @problems, "$path: neither file nor directory in component $component" }
    }
}

sub check_needs {
    for my $need (@needs) {
        my ($path, $purpose) = @$need;
        push @problems, "$path: needed by $purpose, but no component installs it" unless $installed{$path};
    }
}

sub sha256 {
    my ($path) = @_;
    open my $sum, '-|', 'sha256sum', '--', $path or die "sha256sum: $!\n";
    my $line = <$sum> // '';
    close $sum or die "sha256sum $path failed\n";
    # A leading backslash says that the name, which is of no interest, is escaped.
    return $line =~ /^\\?([0-9a-f]{64}) / ? $1 : die "sha256sum $path: $line\n";
}

sub payload_records {
    my ($id, $feature, $into, $file, $optional) = @_;
    my $source = "$inputs/payload-$id";
    check_name($into);
    own($into, "payload $id");
    my @parts = ([$source, $file]);
    if (-d $source) {
        opendir my $dir, $source or die "$source: $!\n";
        my @names = sort grep { $_ ne '.' and $_ ne '..' } readdir $dir;
        closedir $dir;
        push @problems, "payload $id: has no parts" unless @names;
        @parts = map { ["$source/$_", $_] } @names;
    }
    my $number = 0;
    my @records;
    for my $part (@parts) {
        my ($path, $name) = @$part;
        push @problems, "payload $id: $name is no plain file" if !-f $path or (-d $source and -l $path);
        check_name($name);
        push @records, join "\t", $id, $feature, $into, $number++, $name, sha256($path), (-s $path) // 0, $optional
            if -f $path;
    }
    return @records;
}

sub copy_files {
    mkdir "$out/content" or die "$out/content: $!\n";
    my $number = 0;
    my @lines;
    for my $file (sort { $a->[1] cmp $b->[1] } @files) {
        my ($feature, $path, $source) = @$file;
        my $copy = "$out/content/$number";
        system('cp', '--no-preserve=all', '--', $source, $copy) == 0 or die "$source cannot be copied\n";
        utime $epoch, $epoch, $copy or die "$copy: $!\n";
        push @lines, join "\t", $feature, $path, $number++;
    }
    return @lines;
}

sub write_lines {
    my ($path, @lines) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print $file map { "$_\n" } @lines;
    close $file or die "$path: $!\n";
}

read_layout();
check_needs();
my @records = map { payload_records(@$_) } @payloads;
if (@problems) {
    print STDERR "These files cannot be installed:\n", map { "  $_\n" } sort @problems;
    exit 1;
}
write_lines("$out/features", @features);
write_lines("$out/files", copy_files());
write_lines("$out/payloads", @records);
