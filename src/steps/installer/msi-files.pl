#!/usr/bin/perl
# Writes the parts of an MSI that depend on which files there are.
#   msi-files.pl LISTS UPGRADE_CODE OUT
# LISTS: layout.pl's. OUT: files.wxs (for wixl, started in LISTS), file-names (`IDENTIFIER NAME`, for the table
# that wixl makes), and rows-TABLE, to be added to the archives of those tables. Identifiers are those of
# msi-names.ts; names of files are in tables only, because wixl knows no text beyond Latin-1.
use strict;
use warnings;

my ($lists, $upgrade_code, $out) = @ARGV;
my (%id, %children, %components, %group, %rows);
my $names = '';

sub records {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    my @records = map { chomp; [split /\t/, $_, -1] } <$in>;
    close $in;
    return @records;
}

sub write_text {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

# Literal text in Windows Installer's Formatted data type.
sub formatted {
    my ($text) = @_;
    $text =~ s/([\[\]{}])/[\\$1]/g;
    return $text;
}

# GUIDs of names (RFC 9562, version 5). This perl has no SHA-1, so one sha1sum makes all.
sub make_ids {
    mkdir "$out/names" or die "$out/names: $!\n";
    (my $space = $upgrade_code) =~ s/-//g;
    my $number = 0;
    my %at = map { ($_ => sprintf '%08d', $number++) } @_;
    write_text("$out/names/$at{$_}", pack('H*', $space) . $_) for keys %at;
    my %name = reverse %at;
    open my $sums, '-|', 'find', "$out/names", '-type', 'f', '-exec', 'sha1sum', '{}', '+' or die "sha1sum: $!\n";
    while (<$sums>) {
        my ($hex, $file) = m{^([0-9a-f]{40})  .*/(\d+)$} or die "sha1sum: $_";
        my @bytes = unpack 'C16', pack 'H*', $hex;
        $bytes[6] = $bytes[6] & 0x0f | 0x50;
        $bytes[8] = $bytes[8] & 0x3f | 0x80;
        $id{$name{$file}} = unpack 'H*', pack 'C16', @bytes;
    }
    close $sums or die "sha1sum failed\n";
}

sub guid {
    my ($hex) = @_;
    return uc sprintf '{%s-%s-%s-%s-%s}', unpack 'A8 A4 A4 A4 A12', $hex;
}

sub above {
    my ($path) = @_;
    return $path =~ m{^(.*)/} ? $1 : '';
}

# A directory in the Directory table.
sub directory_key {
    my ($path) = @_;
    return $path eq '' ? 'INSTALLDIR' : 'D_' . $id{"directory $path"};
}

# A feature's name in the Feature table.
sub feature_key {
    my ($feature) = @_;
    $feature =~ s/-/_/g;
    return $feature;
}

# A component in a directory, all of whose parents become known.
sub add_component {
    my ($feature, $directory, $component, $xml) = @_;
    push @{ $components{$directory} }, $xml;
    push @{ $group{$feature} }, $component;
    while ($directory ne '') {
        my $parent = above($directory);
        $children{$parent}{$directory} = 1;
        $directory = $parent;
    }
}

sub directories {
    my ($path, $indent) = @_;
    my $text = join '', map { "$indent$_\n" } @{ $components{$path} // [] };
    for my $child (sort keys %{ $children{$path} // {} }) {
        my ($name) = $child =~ m{([^/]+)$};
        add_row('Directory', directory_key($child), directory_key($path), $name);
        $text .= sprintf qq{%s<Directory Id="%s" Name="x">\n%s%s</Directory>\n}, $indent,
            directory_key($child), directories($child, "$indent  "), $indent;
    }
    return $text;
}

sub add_row {
    my ($table, @cells) = @_;
    $rows{$table} .= join("\t", @cells) . "\r\n";
}

# Types of custom actions as in msi-actions.ts.
my ($check, $deferred, $rollback) = (2, 2 + 1024 + 2048, 2 + 256 + 1024 + 2048 + 64);
my $part_number = 0;

sub add_payload_part {
    my ($id, $feature, $into, $part, $file, $sha256, $size, $optional) = @_;
    my $installing = '&' . feature_key($feature) . ' = 3';
    (my $to = $into) =~ s{/}{\\}g;
    my $target = sprintf '--to "[INSTALLDIR]%s"', formatted($to);
    my $source = sprintf '--file "[SourceDir]%s" --sha256 %s --size %d%s', formatted($file), $sha256, $size,
        $optional ? ' --optional' : '';
    my $n = $part_number++;
    # msi-sequence.ts has this much room for checking and for placing.
    die "There are more than 80 parts of payloads.\n" if $n >= 80;
    my $append = $part > 0 ? ' --append' : '';
    for (
        ["CheckPayload_$n", $check, "check $source", 1410 + $n],
        ["TakePayloadBack_$n", $rollback, "remove $target", 4010 + 2 * $n],
        ["PlacePayload_$n", $deferred, "place $source $target$append", 4011 + 2 * $n],
    ) {
        my ($action, $type, $command, $at) = @$_;
        add_row('CustomAction', $action, $type, 'Helper', $command, '');
        add_row('InstallExecuteSequence', $action, $installing, $at);
    }
}

sub add_payload {
    my ($id, $feature, $into) = @_;
    my $component = 'P_' . feature_key($id);
    add_component($feature, above($into), $component, sprintf
        '<Component Id="%s" Guid="%s" Win64="yes"><CreateFolder/></Component>', $component, guid($id{"payload $id"}));
    my ($name) = $into =~ m{([^/]+)$};
    # 2: when the component goes. The file, then its directories where they are empty.
    add_row('RemoveFile', "F_$component", $component, $name, directory_key(above($into)), 2);
    my $depth = 0;
    for (my $at = above($into); ; $at = above($at)) {
        add_row('RemoveFile', 'F_' . $component . '_' . $depth++, $component, '', directory_key($at), 2);
        last if $at eq '';
    }
}

sub add_file {
    my ($feature, $path, $number) = @_;
    my ($name) = $path =~ m{([^/]+)$};
    my $hex = $id{"file $path"};
    $names .= "F_$hex\t$name\n";
    add_component($feature, above($path), "C_$hex", sprintf
        '<Component Id="C_%s" Guid="%s" Win64="yes"><File Id="F_%s" Name="x" Source="%s" KeyPath="yes"/></Component>',
        $hex, guid($hex), $hex, "content/$number");
}

my @files = records("$lists/files");
my @payloads = records("$lists/payloads");
my %above;
for my $path ((map { $_->[1] } @files), (map { $_->[2] } @payloads)) {
    for (my $at = above($path); $at ne ''; $at = above($at)) { $above{$at} = 1 }
}
make_ids((map { "file $_->[1]" } @files), (map { "directory $_" } keys %above), (map { "payload $_->[0]" } @payloads));

add_file(@$_) for @files;
for my $payload (@payloads) {
    add_payload(@$payload[0 .. 2]) if $payload->[3] == 0;
    add_payload_part(@$payload);
}

my $groups = '';
for my $feature (map { $_->[0] } records("$lists/features")) {
    my $references = join '', map { qq{<ComponentRef Id="$_"/>} } @{ $group{$feature} // [] };
    $groups .= sprintf qq{    <ComponentGroup Id="Files_%s">%s</ComponentGroup>\n}, feature_key($feature), $references;
}
write_text("$out/files.wxs", <<"XML");
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Fragment>
    <DirectoryRef Id="INSTALLDIR">
@{[directories('', '      ')]}    </DirectoryRef>
$groups  </Fragment>
</Wix>
XML
write_text("$out/file-names", $names);
write_text("$out/rows-$_", $rows{$_}) for keys %rows;
