// The trial of what an ISO installs: it starts from both firmwares, lets its user in, and runs domains that call each
// other as policy allows.
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import { type Attached, LOST, type Start, type Step, type Trial, type Volume } from '../trial.ts';
import {
  AS_CD,
  BOOT,
  COMMAND,
  choose,
  command,
  DISK_MIB,
  escaped,
  FIRMWARE,
  INSTALLER_FAILED,
  LIVE_MIB,
  MEDIUM,
  says,
  slow,
} from './trial-words.ts';

/** The admin domain’s memory, and room for the default domains and two more. */
const ADMIN_MIB = 1024;
const INSTALLED_MIB = 4096;
const DOMAIN_MIB = 400;

/** Seconds of a real machine. */
export const INSTALLING = 300;
/** Domains have 240 s to end, and may still be on their way up when the button is pressed. */
const SWITCHING_OFF = 300;

const DISK: Attached = { volume: 'disk', bus: 'sata' };

/** The account that the unattended installation makes. */
export const ACCOUNT = { user: 'user', password: 'only for this trial', host: 'trial' } as const;

export function install(product: ResolvedProduct, system: string): Trial {
  const installed = installation(product, domainTemplate(product, system));
  return {
    name: 'install',
    title: 'it installs without questions, and what is installed starts and runs a domain',
    quick: false,
    ...installed,
    starts: [
      ...installed.starts,
      startOf(product, 'bios', [...logIn(), ...domains(product, system)]),
      startOf(product, 'uefi', []),
    ],
  };
}

/** As the installer's README has them. */
type Answers = Readonly<Record<string, string | number>>;

/** A volume that the installer takes its answers from; the machine is switched off afterwards. */
export function answersVolume(answers: Answers): Volume {
  const lines = Object.entries({ ...answers, after: 'poweroff' }).map(([key, value]) => `${key}=${value}\n`);
  return { kind: 'files', label: 'QBANSWERS', files: { 'answers.conf': lines.join('') } };
}

/** What a whole installation says once it has said what it is going to do. */
export function fromSummaryToEnd(withTemplates: boolean): Step[] {
  return [
    says('it has checked what it installs, and writes', /qubes-install: partitioning/, INSTALLING),
    { do: 'picture', name: 'installing' },
    says('the base system is on the disk', /qubes-install: installing \d+ packages/, INSTALLING),
    ...(withTemplates ? [says('the packages are installed', /qubes-install: template /, INSTALLING)] : []),
    ...toTheEnd(),
  ];
}

/** The last that the installer says. */
export function toTheEnd(): Step[] {
  return [
    says('all is installed', /qubes-install: boot loader for BIOS/, INSTALLING),
    says('it is done', /qubes-install: done/, INSTALLING),
    { do: 'end', title: 'it switches itself off', seconds: FIRMWARE },
  ];
}

/**
 * An installation onto an empty disk, with one template or none: an emulated machine takes as long to unpack another as to
 * install all the rest.
 */
export function installation(
  product: ResolvedProduct,
  template: string | undefined,
  /** Besides what every installation of a trial needs. */
  more: Answers = {},
): Pick<Trial, 'volumes' | 'never' | 'starts'> {
  const { user, password, host } = ACCOUNT;
  const templates = template ?? 'none';
  const machine = { disk: 'auto', hostname: host, admin_memory: ADMIN_MIB, templates };
  const installing: Start = {
    firmware: 'bios',
    memoryMiB: LIVE_MIB,
    attached: [AS_CD, DISK, { volume: 'answers', bus: 'virtio' }],
    steps: [
      ...choose(product, 'install'),
      says('the installer finds its answers', /qubes-install: summary/, FIRMWARE + BOOT),
      ...fromSummaryToEnd(template !== undefined),
    ],
  };
  const disk = { kind: 'empty', mebibytes: DISK_MIB } as const;
  return {
    volumes: {
      ...MEDIUM,
      disk,
      answers: answersVolume({ mode: 'install', ...machine, user, password, ...more }),
    },
    never: [...LOST, INSTALLER_FAILED],
    starts: [installing],
  };
}

/**
 * A start of what was installed, from when it is ready until the power button is pressed. `before`: what it asks for on
 * its way.
 */
export function startOf(
  product: ResolvedProduct,
  firmware: 'bios' | 'uefi',
  steps: readonly Step[],
  before: readonly Step[] = [],
): Start {
  return {
    firmware,
    memoryMiB: INSTALLED_MIB,
    attached: [DISK],
    steps: [
      ...before,
      says(
        `the disk starts from ${firmware === 'bios' ? 'the BIOS' : 'UEFI'} and is ready`,
        new RegExp(`qubes ready: ${escaped(`${product.name} ${product.version}`)}`),
        FIRMWARE + BOOT,
      ),
      { do: 'picture', name: `ready-${firmware}` },
      ...steps,
      { do: 'power-off', title: 'it switches off at the power button', seconds: SWITCHING_OFF },
    ],
  };
}

/** As the user, then as root. A prompt is not the end of what is said: the kernel speaks after it, too. */
export function logIn(): Step[] {
  const { user, password, host } = ACCOUNT;
  return [
    { do: 'type', line: '' },
    says('it asks for a login', new RegExp(`${host} login: `), FIRMWARE),
    { do: 'type', line: user },
    says('it asks for a password', /Password: /, COMMAND),
    { do: 'type', line: password },
    says('the user gets a shell', new RegExp(`${user}@${host}:\\S*\\$ `), COMMAND),
    { do: 'type', line: 'sudo -i' },
    says('becoming root takes the password', /\[sudo\] password/, COMMAND),
    { do: 'type', line: password },
    says('root gets a shell', new RegExp(`root@${host}:\\S*# `), COMMAND),
    { do: 'type', line: 'dmesg --console-off' },
  ];
}

/** Between the trial's domains: one may call the other, the other may not. */
const POLICY = [
  'qubes.VMShell * @adminvm @anyvm allow user=root',
  'qubes.VMShell * trial peer allow',
  'qubes.VMShell * peer trial deny',
];

/** The first template that is not the admin domain's. */
export function domainTemplate(product: ResolvedProduct, system: string): string | undefined {
  return product.templates.find(({ name }) => name !== system)?.name;
}

/**
 * Two domains of that template. They run only where a hypervisor is part of the product: the host's kernel would need
 * hardware virtualisation inside of a virtual machine.
 */
function domains(product: ResolvedProduct, system: string): Step[] {
  const template = domainTemplate(product, system);
  if (template === undefined) return [];
  const created = [
    command('the template is registered', 'qubes-admin list --raw', {
      says: new RegExp(`^${escaped(template)}\\|`, 'm'),
    }),
    command('a domain is created', `qubes-admin create trial --template ${template} --label green`),
  ];
  if (product.vmm.hypervisor === undefined) return created;
  return [
    ...created,
    command('another domain is created', `qubes-admin create peer --template ${template} --label red`),
    command(
      'both are given little memory',
      `qubes-admin prefs trial memory ${DOMAIN_MIB} && qubes-admin prefs peer memory ${DOMAIN_MIB}`,
    ),
    command(
      'the policy is written',
      `printf '%s\\n' ${POLICY.map((rule) => `'${rule}'`).join(' ')} >/etc/qubes/policy.d/20-trial.policy`,
    ),
    slow('a domain is started', 'qubes-admin start trial'),
    slow('the other domain is started', 'qubes-admin start peer'),
    command('both run', 'qubes-admin list --raw --refresh', {
      says: /^peer\|\d+\|running\|[\s\S]*^trial\|\d+\|running\|/im,
    }),
    slow(
      'a service of a domain answers the admin domain, with its exit code',
      `echo 'echo I am trial; exit 7' | qrexec-client trial qubes.VMShell`,
      {
        says: /^I am trial$/m,
        exit: 7,
      },
    ),
    slow('a domain may call the other, as the policy allows', call('trial', 'peer', 'echo I am peer'), {
      says: /^I am peer$[\s\S]*^code 0$/m,
    }),
    slow('the other may not call it, as the policy denies', call('peer', 'trial', 'echo I am trial'), {
      says: /^code 126$/m,
    }),
    slow('a service that nothing allows is refused', 'qrexec-client trial qubes.Filecopy </dev/null', {
      exit: 126,
    }),
    slow('a domain is stopped', 'qubes-admin stop trial'),
    slow('the other domain is stopped', 'qubes-admin stop peer'),
  ];
}

/** What the admin domain types to have one domain call the shell of another; the last line is the call's exit code. */
function call(from: string, to: string, script: string): string {
  const inside = `echo "${script}" | qrexec-client-vm ${to} qubes.VMShell; echo "code $?"`;
  return `echo '${inside}' | qrexec-client ${from} qubes.VMShell`;
}
