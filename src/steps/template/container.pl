#!/usr/bin/perl
# Gives a disk image in a VMM's format the identifiers of its manifest, in place of those that qemu-img made by chance.
#
# usage: container.pl FORMAT UUID FILE      FORMAT: qcow2, vhdx, vdi or vmdk
use strict;
use warnings;

my ($format, $uuid, $file) = @ARGV;
my %normalise = (qcow2 => sub { }, vhdx => \&vhdx, vdi => \&vdi, vmdk => \&vmdk);
my $work = $normalise{$format} or die "no format $format\n";
$uuid =~ /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ or die "no UUID: $uuid\n";
open my $image, '+<:raw', $file or die "$file: $!\n";
$work->();
close $image or die "$file: $!\n";

sub take {
    my ($offset, $length) = @_;
    seek $image, $offset, 0 or die "$file: $!\n";
    (read($image, my $bytes, $length) // -1) == $length or die "$file ends before $offset + $length\n";
    return $bytes;
}

sub put {
    my ($offset, $bytes) = @_;
    seek $image, $offset, 0 or die "$file: $!\n";
    print {$image} $bytes or die "$file: $!\n";
}

# The UUID with its first byte changed by a number, so that one disk has several; as bytes.
sub id {
    my ($number) = @_;
    my $bytes = pack 'H*', $uuid =~ tr/-//dr;
    return chr(ord($bytes) ^ $number) . substr $bytes, 1;
}

# CRC32C (Castagnoli), reflected, as VHDX has it (MS-VHDX 2.2.2).
sub crc32c {
    my ($bytes) = @_;
    my @table = map {
        my $value = $_;
        $value = $value & 1 ? 0x82f63b78 ^ ($value >> 1) : $value >> 1 for 1 .. 8;
        $value;
    } 0 .. 255;
    my $crc = 0xffffffff;
    $crc = $table[($crc ^ $_) & 0xff] ^ ($crc >> 8) for unpack 'C*', $bytes;
    return $crc ^ 0xffffffff;
}

# Two headers, of which the one with the greater number counts; a log, which is empty once the file is closed; and
# the identity of the disk among the metadata (MS-VHDX 2.2.2, 2.3, 2.6.2.3).
sub vhdx {
    take(0, 8) eq 'vhdxfile' or die "$file is no VHDX\n";
    my @headers = (64 << 10, 128 << 10);
    my $current = (sort { unpack('x8 Q<', take($b, 16)) <=> unpack('x8 Q<', take($a, 16)) } @headers)[0];
    my $header = take($current, 4096);
    my ($length, $offset) = unpack 'x68 L< Q<', $header;
    put($offset, "\0" x $length);
    for my $number (0, 1) {
        my $new = $header;
        substr $new, 4, 4, "\0" x 4;
        substr $new, 8, 56, pack 'Q< a16 a16 a16', $number + 1, id(1), id(2), '';
        substr $new, 4, 4, pack 'L<', crc32c($new);
        put($headers[$number], $new);
    }
    my $item = metadata("\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46");
    put($item, id(0));
}

# Where a metadata item of a type begins.
sub metadata {
    my ($type) = @_;
    my $regions = take(192 << 10, 64 << 10);
    for my $entry (0 .. unpack('x8 L<', $regions) - 1) {
        my ($id, $start) = unpack "x@{[16 + 32 * $entry]} a16 Q<", $regions;
        next if $id ne "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
        my $table = take($start, 64 << 10);
        for my $member (0 .. unpack('x10 S<', $table) - 1) {
            my ($found, $offset) = unpack "x@{[32 + 32 * $member]} a16 L<", $table;
            return $start + $offset if $found eq $type;
        }
    }
    die "$file lacks a metadata item\n";
}

# The identities of the image and of its last snapshot (VDICore.h of VirtualBox).
sub vdi {
    unpack('x64 L<', take(0, 68)) == 0xbeda107f or die "$file is no VDI\n";
    put(392, id(0) . id(1));
}

# The content identity is text in the descriptor, which the header says where to find (VMware's Virtual Disk Format
# 1.1, “Hosted Sparse Extent Header”).
sub vmdk {
    my ($magic, $start, $size) = unpack 'a4 x24 Q< Q<', take(0, 44);
    $magic eq 'KDMV' or die "$file is no VMDK\n";
    my $descriptor = take($start * 512, $size * 512);
    my $cid = unpack 'H8', id(0);
    # qemu-img does not pad the number; zeros fill the rest of the descriptor's sectors.
    $descriptor =~ s/^CID=[0-9a-f]{1,8}$/CID=$cid/m or die "$file has no content identity\n";
    put($start * 512, pack "a@{[$size * 512]}", $descriptor);
}
