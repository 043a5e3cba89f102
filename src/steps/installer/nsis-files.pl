#!/usr/bin/perl
# Writes the part of the NSIS script that depends on which files there are.
#   nsis-files.pl LISTS > files.nsh
# LISTS: layout.pl's. Per feature: macros Files_FEATURE, CheckPayloads_FEATURE, PlacePayloads_FEATURE.
use strict;
use warnings;

my ($lists) = @ARGV;
my (%body, %check, %place, %directory, $bytes);

sub records {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    my @records = map { chomp; [split /\t/, $_, -1] } <$in>;
    close $in;
    return @records;
}

# Content of a quoted string; see nsisText in escape.ts.
sub quoted {
    my ($text) = @_;
    $text =~ s/([\$"])/$1 eq '$' ? '${DOLLAR}' : '$\\"'/ge;
    return $text;
}

# A feature's name as part of a macro's.
sub label {
    my ($feature) = @_;
    $feature =~ s/-/_/g;
    return $feature;
}

for my $record (records("$lists/files")) {
    my ($feature, $path, $number) = @$record;
    my ($above, $name) = $path =~ m{^(?:(.*)/)?([^/]+)$};
    my $where = $above // '';
    $where =~ s{/}{\\}g;
    $where = quoted($where eq '' ? '' : "\\$where");
    if (($directory{$feature} // "\0") ne $where) {
        $body{$feature} .= "  SetOutPath \"\$INSTDIR\\.setup\\new$where\"\n";
        $directory{$feature} = $where;
    }
    $body{$feature} .= sprintf "  File \"/oname=%s\" \"%s\"\n", quoted($name), "$lists/content/$number";
    $bytes += -s "$lists/content/$number";
}
for my $record (records("$lists/payloads")) {
    my ($id, $feature, $into, $part, $file, $sha256, $size, $optional) = @$record;
    (my $to = $into) =~ s{/}{\\}g;
    my $options = sprintf '--sha256 %s --size %d%s', $sha256, $size, $optional ? ' --optional' : '';
    my $source = quoted("--file \"") . '$EXEDIR\\' . quoted("$file\" $options");
    $check{$feature} .= "  Push \"check $source\"\n  Call Helper\n";
    my $target = quoted(' --to "') . '$INSTDIR\\.setup\\new\\' . quoted("$to\"") . ($part > 0 ? ' --append' : '');
    $place{$feature} .= "  Push \"place $source$target\"\n  Call Helper\n";
}

print "; Written by nsis-files.pl.\n";
printf "!define SIZE_KB %d\n", ($bytes // 0) / 1024 + 1;
my %features = map { $_ => 1 } keys %body, keys %check;
for my $feature (sort keys %features) {
    my $label = label($feature);
    for my $macro (['Files', \%body], ['CheckPayloads', \%check], ['PlacePayloads', \%place]) {
        my ($name, $content) = @$macro;
        next unless exists $content->{$feature};
        print "!macro ${name}_$label\n$content->{$feature}!macroend\n";
    }
}
