// The texts on an ISO that follow from the product alone: the boot menu, and what the installer reads. Pure.
import type { IsoSettings } from '../../resolve/iso.ts';
import type { ResolvedProduct } from '../../resolve/resolved.ts';

type Described = Pick<ResolvedProduct, 'name' | 'title' | 'version' | 'vmm' | 'domains' | 'epoch'>;

/** Seconds that a person has to choose. */
const TIMEOUT = 5;

/** GRUB's words for the first serial line and the speed that everything here has. */
const SERIAL = 'serial --unit=0 --speed=115200';

/** What GRUB reads first, from its own image: it finds the medium by its label. */
export function earlyConfiguration({ label }: Pick<IsoSettings, 'label'>): string {
  return [
    `search --no-floppy --set=root --label ${label}`,
    'set prefix=($root)/boot/grub',
    'configfile ($root)/boot/grub/grub.cfg',
    '',
  ].join('\n');
}

/** The entries of the boot menu, in its order; the first is the default. */
export function menuEntries({ title, version }: Pick<Described, 'title' | 'version'>) {
  return [
    { id: 'install', name: `Install ${title} ${version}`, words: ['qubes.install'] },
    { id: 'verify', name: 'Verify this medium', words: ['qubes.verify'] },
    { id: 'rescue', name: 'Rescue shell', words: ['qubes.rescue'] },
  ] as const;
}

/** /boot/grub/grub.cfg of the medium. */
export function bootMenu(product: Described, { label }: Pick<IsoSettings, 'label'>): string {
  const { vmm } = product;
  const menu = menuEntries(product).map(({ id, name, words }) => {
    const kernel = ['boot=qubes-live', `qubes.label=${label}`, ...words];
    return [`menuentry ${quoted(name)} --id ${id} {`, ...bootLines(vmm, kernel), '}'].join('\n');
  });
  return [
    `if ${SERIAL}; then`,
    '  terminal_input console serial',
    '  terminal_output console serial',
    'fi',
    `set timeout=${TIMEOUT}`,
    'set default=install',
    ...menu,
    '',
  ].join('\n');
}

/** The hypervisor lies in /boot under the name of its VMM. Under it its console is the kernel's; the words `placeholder` are what each of them drops as its name. */
function bootLines({ name, hypervisor }: Described['vmm'], kernel: readonly string[]): string[] {
  const screen = 'console=tty0';
  if (hypervisor === undefined) {
    return [
      `  linux /boot/vmlinuz ${[...kernel, screen, 'console=ttyS0,115200'].join(' ')}`,
      '  initrd /boot/initrd',
    ];
  }
  return [
    `  multiboot2 /boot/${name} ${['placeholder', ...hypervisor.options].join(' ')}`,
    `  module2 /boot/vmlinuz ${['placeholder', ...kernel, screen, ...hypervisor.kernelOptions].join(' ')}`,
    '  module2 --nounzip /boot/initrd',
  ];
}

/** A word that GRUB's shell takes as it is (GRUB manual, “Quoting”). */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** /qubes/product.conf but for its last line, PACKAGES, which is known when the packages are built. */
export function productLines(product: Described, { label }: Pick<IsoSettings, 'label'>): string {
  const { name, title, version, vmm, epoch } = product;
  const values = { NAME: name, TITLE: title, VERSION: version, VMM: vmm.name, LABEL: label, EPOCH: epoch };
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/**
 * /qubes/domains.conf: a line for each domain that an installer creates: name, role, class, label, template and the
 * domain that gives it its network, or `-`. The admin domain is there already.
 */
export function domainLines({ domains }: Described): string {
  const net = domains.net?.name;
  const created = Object.entries(domains).flatMap(([role, { name, label, template }]) => {
    if (role === 'admin' || name === undefined || label === undefined || template === undefined) return [];
    const network = role === 'app' && net !== undefined ? net : '-';
    return [{ role, line: [name, role, 'AppVM', label, template, network].join('\t') }];
  });
  // A domain's network is created before it.
  const sorted = created.toSorted((a, b) => Number(b.role === 'net') - Number(a.role === 'net'));
  return sorted.map(({ line }) => `${line}\n`).join('');
}

/** The date of a volume as ECMA-119 writes it: YYYYMMDDhhmmss and hundredths. `epoch`: seconds since 1970. */
export function volumeDate(epoch: number): string {
  return `${new Date(epoch * 1000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}00`;
}
