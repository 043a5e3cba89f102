// The trial of an apt repository: its packages are installed by a machine of the distribution that has never seen them.
import { type DeliverableTrials, LOST, type Step } from '../trial.ts';
import type { AptSettings } from './texts.ts';

/** How the manifest wants the packages to be tried. */
interface PackageTrial {
  readonly template: string;
  readonly install: readonly string[];
  readonly commands: readonly string[];
}

/** Of the volume with the repository: FAT has 11 characters. */
const LABEL = 'QBPACKAGES';
/** Where the machine sees it. */
const PLACE = '/run/product';
const SOURCES = '/etc/apt/sources.list.d/product.sources';
const MEMORY_MIB = 1024;

/** Seconds of a real machine. */
const BOOT = 90;
const COMMAND = 30;
const INSTALLING = 300;

export const aptRepositoryTrials: DeliverableTrials = {
  kind: 'apt-repository',
  trials(product, { settings }) {
    const { suite, trial } = settings as unknown as AptSettings & { readonly trial?: PackageTrial };
    if (trial === undefined) {
      return {
        why: 'The product does not say on which template its packages are tried.',
        next: 'State `trial` of the apt-repository in the product.',
      };
    }
    const { template, install, commands } = trial;
    return [
      {
        name: `packages-${suite}`,
        title: `${install.join(' and ')} can be installed on ${template}`,
        quick: false,
        volumes: {
          disk: { kind: 'template', template },
          packages: { kind: 'directory', label: LABEL, path: 'apt' },
        },
        never: LOST,
        starts: [
          {
            firmware: 'bios',
            memoryMiB: MEMORY_MIB,
            attached: [
              { volume: 'disk', bus: 'virtio' },
              { volume: 'packages', bus: 'virtio' },
            ],
            steps: [
              { do: 'await', title: 'root has a shell', says: /root@\S*# /, seconds: BOOT },
              { do: 'type', line: 'dmesg --console-off; export DEBIAN_FRONTEND=noninteractive' },
              ...steps(install, `${PLACE}/${product.name}-${suite}.sources`),
              ...commands.map((each) => command(`\`${each}\` succeeds`, each)),
              { do: 'power-off', title: 'it switches off at the power button', seconds: BOOT },
            ],
          },
        ],
      },
    ];
  },
};

function steps(install: readonly string[], sources: string): Step[] {
  const names = install.join(' ');
  const address = `s|^URIs:.*|URIs: file:${PLACE}|`;
  const update = 'apt-get -qq -o APT::Update::Error-Mode=any update';
  const nothing = /^\s*$/;
  return [
    command('the packages are not there yet', `dpkg --status ${names}`, { exit: 'failure' }),
    command('it sees the repository', `mkdir -p ${PLACE} && mount -o ro LABEL=${LABEL} ${PLACE}`),
    { do: 'type', line: `sed '/^Signed-By/,$d; ${address}' ${sources} >${SOURCES}` },
    command('apt refuses the repository without its key', update, { exit: 'failure' }),
    { do: 'type', line: `sed '${address}' ${sources} >${SOURCES}` },
    command('apt accepts it with its key', update),
    {
      ...command(
        'apt installs the packages',
        `apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends ${names}`,
      ),
      seconds: INSTALLING,
    },
    command('dpkg finds nothing wrong', 'dpkg --audit', { says: nothing }),
    command('no unit has failed', 'systemctl --failed --no-legend --plain --no-pager', { says: nothing }),
  ];
}

function command(
  title: string,
  line: string,
  more: { readonly exit?: 'failure'; readonly says?: RegExp } = {},
): Step & { readonly do: 'command' } {
  return { do: 'command', title, command: line, seconds: COMMAND, ...more };
}
