// The texts on an ISO that follow from the product alone: the boot menu, and what the installer reads. Pure.
import type { IsoSettings } from '../../resolve/iso.ts';
import type { ResolvedProduct } from '../../resolve/resolved.ts';

type Described = Pick<ResolvedProduct, 'name' | 'title' | 'version' | 'vmm' | 'domains' | 'epoch'>;

/** Seconds that a person has to choose. */
const TIMEOUT = 5;

/** GRUB's words for the first serial line and the speed that everything here has. */
const SERIAL = 'serial --unit=0 --speed=115200';

/**
 * What GRUB reads first, from its own image: it finds the medium by its label. The menu sees `prefix` and `root` alone, as
 * nothing here can be exported; and `prefix` is free to be the partition that GRUB comes from, as no module is read.
 */
export function earlyConfiguration({ label }: Pick<IsoSettings, 'label'>): string {
  return [
    'set prefix=$root',
    `search --no-floppy --set=root --label ${label}`,
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

type Medium = Pick<IsoSettings, 'label' | 'secureBoot'>;
type Entry = ReturnType<typeof menuEntries>[number];

/** /boot/grub/grub.cfg of the medium. With Secure Boot UEFI starts unified kernel images. */
export function bootMenu(product: Described, medium: Medium): string {
  const menu = menuEntries(product).map((entry) => {
    const lines = bootLines(product.vmm, kernelArguments(product.vmm, medium, entry));
    // Xen asks for the file system that it comes from, and GRUB says that of `root`.
    const unified = [
      'if [ "$grub_platform" = efi ]; then',
      '  set root=$prefix',
      `  chainloader /EFI/BOOT/${entry.id}.efi`,
      'else',
    ];
    const body = medium.secureBoot ? [...unified, ...lines.map((line) => `  ${line}`), 'fi'] : lines;
    return [
      `menuentry ${quoted(entry.name)} --id ${entry.id} {`,
      ...body.map((line) => `  ${line}`),
      '}',
    ].join('\n');
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

/**
 * The texts in the unified kernel image of an entry, by section: the configuration of a hypervisor (Xen, docs/misc/efi),
 * or what systemd-stub(7) passes on.
 */
export function unifiedTexts(product: Described, medium: Medium, entry: Entry): Record<string, string> {
  const { name, title, version, vmm } = product;
  const kernel = kernelArguments(vmm, medium, entry).join(' ');
  if (vmm.hypervisor === undefined) {
    return {
      osrel: `ID=${name}\nNAME="${title.replaceAll(/["\\$`]/g, '')}"\nVERSION_ID=${version}\n`,
      cmdline: kernel,
    };
  }
  const lines = ['[global]', 'default=medium', '[medium]', `options=${vmm.hypervisor.options.join(' ')}`];
  return { config: [...lines, `kernel=vmlinuz ${kernel}`, ''].join('\n') };
}

/** Under a hypervisor its console is the kernel's. */
function kernelArguments({ hypervisor }: Described['vmm'], { label }: Medium, { words }: Entry): string[] {
  const console = hypervisor === undefined ? ['console=ttyS0,115200'] : hypervisor.kernelOptions;
  return ['boot=qubes-live', `qubes.label=${label}`, ...words, 'console=tty0', ...console];
}

/**
 * The hypervisor lies in /boot under the name of its VMM. The words `placeholder` are what it and the kernel drop as their
 * own names.
 */
function bootLines({ name, hypervisor }: Described['vmm'], kernel: readonly string[]): string[] {
  if (hypervisor === undefined) return [`linux /boot/vmlinuz ${kernel.join(' ')}`, 'initrd /boot/initrd'];
  return [
    `multiboot2 /boot/${name} ${['placeholder', ...hypervisor.options].join(' ')}`,
    `module2 /boot/vmlinuz ${['placeholder', ...kernel].join(' ')}`,
    'module2 --nounzip /boot/initrd',
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
