// The trial of a domain's window: what an ISO installs shows it on the machine's screen, in the border of its label.
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import type { Step, Trial } from '../trial.ts';
import { ACCOUNT, installation, logIn, startOf } from './install-trial.ts';
import { command, escaped, slow } from './trial-words.ts';

/** The colours of labels, as core-admin's `src/label.c` has them. */
export const LABEL_COLOURS: Readonly<Record<string, string>> = {
  red: 'cc0000',
  orange: 'f57900',
  yellow: 'edd400',
  green: '73d216',
  gray: '555753',
  blue: '3465a4',
  purple: '75507b',
  black: '000000',
};

/** Of windows that a window manager may move: gui-daemon's README. */
const BORDER = 4;

/** Room for an X server and a terminal. */
const DOMAIN_MIB = 500;

/** Seconds of a real machine. */
const SHOWING = 60;

/**
 * Of the product's own app domain, where domains run in the trial's machine at all, and the admin domain has the screen;
 * otherwise none.
 */
export function window(product: ResolvedProduct): readonly Trial[] {
  const { app, gui } = product.domains;
  const colour = LABEL_COLOURS[app?.label ?? ''];
  if (product.vmm.hypervisor === undefined || gui?.sameAs !== 'admin') return [];
  if (app?.name === undefined || app.template === undefined || colour === undefined) return [];
  const installed = installation(product, app.template);
  return [
    {
      name: 'window',
      title: 'a window of a domain appears on the screen, in the border of the domain’s label',
      quick: false,
      ...installed,
      starts: [...installed.starts, startOf(product, 'bios', [...logIn(), ...showing(app.name, colour)])],
    },
  ];
}

function showing(domain: string, colour: string): Step[] {
  const rule = 'qubes.VMShell * @adminvm @anyvm allow';
  const terminal = 'setsid xterm -geometry 80x24+100+100 >/dev/null 2>&1 &';
  return [
    command('the policy is written', `echo '${rule}' >/etc/qubes/policy.d/20-trial.policy`),
    command('the domain is given little memory', `qubes-admin prefs ${domain} memory ${DOMAIN_MIB}`),
    slow('the user has a desktop on the screen', `systemctl start qubes-desktop@${ACCOUNT.user}`),
    slow('the domain is started', `qubes-admin start ${domain}`),
    slow('a daemon shows its windows, as the user', 'sleep 5; ps -C qubes-guid -o user=,args=', {
      says: new RegExp(
        `^${ACCOUNT.user} +qubes-guid --domain ${escaped(domain)} .*--color 0x${colour}$`,
        'm',
      ),
    }),
    slow('a terminal is started in it', `echo '${terminal}' | qrexec-client ${domain} qubes.VMShell`),
    {
      do: 'frame',
      title: 'its window is on the screen, in the border of the domain’s label',
      name: 'window',
      colour,
      thickness: BORDER,
      seconds: SHOWING,
    },
    slow('the domain is stopped', `qubes-admin stop ${domain}`),
    slow('nothing shows it any more', 'sleep 5; ps -C qubes-guid', { exit: 1 }),
  ];
}
