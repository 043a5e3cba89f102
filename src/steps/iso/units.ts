// The systemd units of the live system of a medium. Pure.
import type { ResolvedProduct } from '../../resolve/resolved.ts';

/** Texts by the name of the unit. */
export function liveUnits({
  title,
  version,
}: Pick<ResolvedProduct, 'title' | 'version'>): Record<string, string> {
  const spoken = `${title} ${version}`.replaceAll('%', '%%').replaceAll(/["\\$]/g, '');
  return {
    'live-ready.service': `[Unit]
Description=Say that the live system is up
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/bin/echo "live system ready: ${spoken}"
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
`,
    'live-rescue.service': `[Unit]
Description=Shell for a person who asked for one in the boot menu
ConditionKernelCommandLine=qubes.rescue
# The target would be after each unit that it wants, were that not said to be after the target: by itself, not by way of
# another unit, which would be a cycle.
After=multi-user.target live-ready.service

[Service]
# Two programs would read what is typed. A conflict would be resolved when all units are wanted, with or without the
# condition above.
ExecStartPre=/bin/systemctl stop getty@*.service serial-getty@*.service
Environment=HOME=/root TERM=vt220
ExecStart=/bin/bash --login
Restart=always
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
TTYReset=yes

[Install]
WantedBy=multi-user.target
`,
  };
}
