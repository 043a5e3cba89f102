#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# stop.sh BUILD: every domain is stopped, a netvm after its users, with a qubes-admin that the test plays.
set -euo pipefail

dir=$1/scratch/stop
script=$(cd "$(dirname "$0")/.." && pwd)/scripts/stop-domains
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/runs"
cat >"$dir/bin/qubes-admin" <<S
#!/bin/bash
case \$1 in
  list)
    echo 'dom0|0|Running|AdminVM|black||'
    echo 'deb|1|Halted|TemplateVM|black||'
    for each in "$dir"/runs/*; do if [ -e "\$each" ]; then echo "\${each##*/}|2|Running|AppVM|red|deb|net"; fi; done
    ;;
  stop)
    if [ "\$2" = net ] && [ -e "$dir/runs/work" ]; then exit 6; fi
    if [ "\$2" = stubborn ]; then exit 10; fi
    echo "\$2" >>"$dir/stopped"
    sleep 0.2
    rm "$dir/runs/\$2"
    ;;
esac
S
chmod +x "$dir/bin/qubes-admin"
PATH=$dir/bin:$PATH
touch "$dir"/runs/{net,work,vault}
"$script"
[ "$(tail -n 1 "$dir/stopped")" = net ] && [ "$(sort "$dir/stopped" | tr '\n' ' ')" = 'net vault work ' ]
touch "$dir/runs/stubborn"
code=0
"$script" 2>"$dir/stderr" || code=$?
[ "$code" = 1 ] && grep -q 'these still run: stubborn' "$dir/stderr"
echo 'stop: good'
