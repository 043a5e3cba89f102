// The trial of installing more than once: what a power cut left is begun anew, and an upgrade keeps domains and files.
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import type { Step, Trial } from '../trial.ts';
import {
  answersVolume,
  domainTemplate,
  fromSummaryToEnd,
  INSTALLING,
  installation,
  logIn,
  startOf,
  toTheEnd,
} from './install-trial.ts';
import { BOOT, choose, command, escaped, FIRMWARE, says } from './trial-words.ts';

/** Domains need a template; without one there is nothing that an upgrade could lose. */
export function upgrade(product: ResolvedProduct, system: string): readonly Trial[] {
  const template = domainTemplate(product, system);
  const installed = installation(product, template);
  const [installing] = installed.starts;
  if (template === undefined || installing === undefined) return [];
  const { name, version } = product;
  const offered = (title: string, pattern: RegExp) => [
    ...choose(product, 'install'),
    says(title, pattern, FIRMWARE + BOOT),
  ];
  const upgrading = new RegExp(
    `qubes-install: upgrading ${escaped(`${name} ${version} to ${name} ${version}`)}`,
  );
  return [
    {
      name: 'upgrade',
      title: 'an installation that was cut short is begun anew, and an upgrade keeps domains',
      quick: false,
      ...installed,
      volumes: { ...installed.volumes, upgrade: answersVolume({ mode: 'upgrade' }) },
      starts: [
        {
          ...installing,
          steps: [
            ...offered('the installer finds its answers', /qubes-install: summary/),
            says('it is cut short while it copies', /qubes-install: copying the base system/, INSTALLING),
          ],
        },
        {
          ...installing,
          steps: [
            ...offered(
              'it knows what was cut short',
              /summary: on .* has an installation that was cut short/,
            ),
            ...fromSummaryToEnd(true),
          ],
        },
        startOf(product, 'bios', [
          ...logIn(),
          command('a domain is created', `qubes-admin create kept --template ${template} --label blue`),
          command('a file is written', 'echo precious >/home/user/file'),
        ]),
        {
          ...installing,
          attached: installing.attached.map((each) =>
            each.volume === 'answers' ? { ...each, volume: 'upgrade' } : each,
          ),
          steps: [
            ...offered('it is going to upgrade', /summary: upgrades .* its domains stay/),
            says('it upgrades', upgrading, INSTALLING),
            ...toTheEnd(),
          ],
        },
        startOf(product, 'bios', [...logIn(), ...stillThere(template)]),
      ],
    },
  ];
}

function stillThere(template: string): Step[] {
  return [
    command('the domain is there', 'qubes-admin list --raw', { says: /^kept\|/m }),
    command('it has its template', 'qubes-admin prefs kept template', {
      says: new RegExp(`^${escaped(template)}$`, 'm'),
    }),
    command('the file is there', 'cat /home/user/file', { says: /^precious$/m }),
  ];
}
