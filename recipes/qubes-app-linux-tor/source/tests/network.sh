#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What packets get through: a domain, the gateway and the network, each a network namespace, with the rules as they ship.
# Runs as root of namespaces of its own (make check-network).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mount -t tmpfs tmpfs /run
mount -t proc proc /proc
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tor_user=1000
export TOR_GATEWAY_SHARE=$here/../share TOR_GATEWAY_RW=$scratch/rw TOR_GATEWAY_CONFIG=$scratch/conf TOR_GATEWAY_USER=$tor_user
echo 'UPLINK=up0' >"$TOR_GATEWAY_CONFIG"

fail() { echo "network.sh: not so: $*" >&2; exit 1; }
in_domain() { ip netns exec domain "$@"; }
in_gateway() { ip netns exec gateway "$@"; }
in_network() { ip netns exec network "$@"; }

for name in domain gateway network; do
  ip netns add "$name"
  ip -n "$name" link set lo up
done
ip link add dom0if netns gateway type veth peer name eth0 netns domain
ip link add up0 netns gateway type veth peer name net0 netns network
address() { ip -n "$1" address add "$3" dev "$2"; ip -n "$1" link set "$2" up; } # NAMESPACE INTERFACE ADDRESS
address domain eth0 10.1.0.2/24; address domain eth0 fd01::2/64
address gateway dom0if 10.1.0.1/24; address gateway dom0if fd01::1/64
address gateway up0 10.2.0.1/24; address gateway up0 fd02::1/64
address network net0 10.2.0.2/24; address network net0 fd02::2/64
ip -n domain route add default via 10.1.0.1; ip -n domain route add default via fd01::1
ip -n gateway route add default via 10.2.0.2; ip -n gateway route add default via fd02::2
ip -n network route add 10.1.0.0/24 via 10.2.0.1; ip -n network route add fd01::/64 via fd02::1
# A gateway that something else told to pass packets on: the rules must do without the kernel's help.
in_gateway sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# Servers answer with their name: `serve NAME PROTOCOL PORT` (tcp or udp, both families).
serve() {
  local namespace=$1 name=$2 protocol=$3 port=$4
  # shellcheck disable=SC2016 # this is perl
  ip netns exec "$namespace" perl -e '
    use strict; use Socket qw(:all);
    my ($name, $protocol, $port) = @ARGV;
    my $type = $protocol eq "tcp" ? SOCK_STREAM : SOCK_DGRAM;
    socket(my $s, AF_INET6, $type, 0) or die $!;
    setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
    setsockopt($s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    bind($s, pack_sockaddr_in6($port, IN6ADDR_ANY)) or die "$port: $!";
    if ($protocol eq "tcp") {
      listen($s, 5);
      while (accept(my $c, $s)) { syswrite($c, $name); close $c; }
    } else {
      while (my $from = recv($s, my $text, 100, 0)) { send($s, $name, 0, $from); }
    }' "$name" "$protocol" "$port" &
}
# Who answers: `ask NAMESPACE PROTOCOL ADDRESS PORT [UID [SOURCE-PORT]]`; "nobody" within $patience seconds, 1 unless set.
ask() {
  # shellcheck disable=SC2016
  ip netns exec "$1" perl -e '
    use strict; use Socket qw(:all);
    my ($protocol, $address, $port, $uid, $source) = @ARGV;
    $) = "$uid $uid", $> = $uid if $uid;
    my ($family, $to, $any) = $address =~ /:/
      ? (AF_INET6, pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)), pack_sockaddr_in6($source || 0, IN6ADDR_ANY))
      : (AF_INET, pack_sockaddr_in($port, inet_aton($address)), pack_sockaddr_in($source || 0, INADDR_ANY));
    $SIG{ALRM} = sub { print "nobody"; exit };
    alarm($ENV{patience} || 1);
    # Again and again: a server may not be there yet, and a datagram may be lost.
    for (;; select(undef, undef, undef, 0.1)) {
      socket(my $s, $family, $protocol eq "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0) or die $!;
      bind($s, $any) or die $! if $source;
      connect($s, $to) or next;
      syswrite($s, "?") if $protocol eq "udp";
      my ($text, $ready) = ("", "");
      vec($ready, fileno($s), 1) = 1;
      select($ready, undef, undef, $protocol eq "udp" ? 0.5 : undef) > 0 or next;
      sysread($s, $text, 100);
      if ($text ne "") { print $text; exit }
    }' "${@:2}"
}
# Asked at the same time, because silence takes its time; `settled` waits for all of them.
checks=()
answers() { # EXPECTED WHAT ASK-ARGUMENT...
  (
    got=$(patience=$([ "$1" = nobody ] && echo 1 || echo 20) ask "${@:3}")
    [ "$got" = "$1" ] || fail "$2: $got instead of $1"
  ) &
  checks+=($!)
}
settled() {
  local check
  for check in "${checks[@]}"; do wait "$check"; done
  checks=()
}

serve network web tcp 80; serve network web udp 80; serve network names udp 53; serve network names tcp 53
serve network time udp 123; serve network dhcp udp 67; serve network socks tcp 9050
serve gateway transport tcp 9040; serve gateway resolver udp 5300
serve gateway socks-of-gateway tcp 9050; serve gateway shell tcp 22; serve gateway admin udp 161
serve domain service tcp 8080
# IPv6 looks for duplicates of addresses first.
for _ in $(seq 50); do if [ "$(ask domain tcp fd02::2 80)" = web ]; then break; fi; sleep 0.1; done

# Without rules everything gets through: what follows can fail.
answers web 'a domain reaches the network without rules' domain tcp 10.2.0.2 80
answers time 'by UDP as well' domain udp 10.2.0.2 123
answers web 'and by IPv6' domain tcp fd02::2 80
answers web 'the gateway too' gateway tcp 10.2.0.2 80
in_domain ping -c 1 -W 20 10.2.0.2 >/dev/null || fail 'a domain can ping the network without rules'
answers service 'the network reaches the domain' network tcp 10.1.0.2 8080

settled
nft --check -f "$TOR_GATEWAY_SHARE/closed.nft"
in_gateway "$here/../scripts/tor-gateway" rules

echo '1. what a domain sends goes to Tor, or nowhere'
answers transport 'TCP' domain tcp 10.2.0.2 80
answers transport 'TCP to an address that nobody has' domain tcp 192.0.2.1 443
answers transport 'TCP to the gateway' domain tcp 10.1.0.1 22
answers resolver 'names' domain udp 10.2.0.2 53
answers transport 'names by TCP, which is TCP' domain tcp 10.2.0.2 53
answers socks-of-gateway 'SOCKS at the gateway' domain tcp 10.1.0.1 9050
answers transport 'SOCKS elsewhere' domain tcp 10.2.0.2 9050
answers nobody 'UDP' domain udp 10.2.0.2 123
answers nobody 'UDP to the gateway' domain udp 10.1.0.1 161
answers nobody 'IPv6 to the network' domain tcp fd02::2 80
answers nobody 'IPv6 to the gateway' domain tcp fd01::1 22
answers nobody 'IPv6 names' domain udp fd02::2 53
if in_domain ping -c 1 -W 1 10.2.0.2 >/dev/null 2>&1; then fail 'ICMP goes nowhere'; fi
settled

echo '2. only Tor uses the network'
answers web 'Tor' gateway tcp 10.2.0.2 80 "$tor_user"
answers nobody 'root' gateway tcp 10.2.0.2 80
answers nobody 'another user' gateway tcp 10.2.0.2 80 33
answers nobody 'Tor by UDP' gateway udp 10.2.0.2 123 "$tor_user"
answers nobody 'names by UDP' gateway udp 10.2.0.2 53
answers nobody 'Tor by IPv6' gateway tcp fd02::2 80 "$tor_user"
answers dhcp 'an address of its own' gateway udp 10.2.0.2 67 0 68
answers transport 'itself' gateway tcp 127.0.0.1 9040
settled

echo '3. the network reaches nothing'
answers nobody 'a domain' network tcp 10.1.0.2 8080
for port in 22 9040 9050; do answers nobody "port $port" network tcp 10.2.0.1 "$port"; done
answers nobody 'names' network udp 10.2.0.1 5300
answers nobody 'IPv6' network tcp fd02::1 22
settled

echo '4. what goes wrong closes'
for bad in 'UPLINK=up0"; }' 'UPLINK=' 'UPLINK=lo' 'UPLINK=a b' 'OTHER=x' 'UPLINK=0123456789abcdef'; do
  in_gateway nft flush ruleset
  printf '%s\n' "$bad" >"$TOR_GATEWAY_CONFIG"
  if in_gateway "$here/../scripts/tor-gateway" rules 2>"$scratch/err"; then fail "$bad is refused"; fi
  answers nobody "$bad: a domain" domain tcp 10.2.0.2 80
  answers nobody "$bad: names" domain udp 10.2.0.2 53
  answers nobody "$bad: Tor" gateway tcp 10.2.0.2 80 "$tor_user"
  settled
done
in_gateway nft flush ruleset
rm "$TOR_GATEWAY_CONFIG"
if in_gateway "$here/../scripts/tor-gateway" rules 2>"$scratch/err"; then fail 'a missing configuration is refused'; fi
answers nobody 'no configuration: a domain' domain tcp 10.2.0.2 80
settled

echo '5. loading again replaces, and the domain has its say'
mkdir -p "$TOR_GATEWAY_RW/config"
echo 'UPLINK=up0' >"$TOR_GATEWAY_RW/config/tor-gateway.conf"
for _ in 1 2; do in_gateway "$here/../scripts/tor-gateway" rules; done
answers transport 'TCP' domain tcp 10.2.0.2 80
settled
echo 'network: good'
