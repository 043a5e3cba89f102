// The files that an image consists of, by the disk format of its VMM.
import type { DiskFormat, ResolvedTemplate } from '../../resolve/resolved.ts';

export interface ImageFile {
  /** The action's output. */
  readonly output: string;
  /** As it is published. */
  readonly name: string;
  readonly kind: string;
}

const SUFFIXES: Readonly<Record<DiskFormat, readonly { output: string; suffix: string; kind: string }[]>> = {
  raw: [{ output: 'image', suffix: 'img', kind: 'disk-raw' }],
  qcow2: [{ output: 'image', suffix: 'qcow2', kind: 'disk-qcow2' }],
  vhdx: [{ output: 'image', suffix: 'vhdx', kind: 'disk-vhdx' }],
  vdi: [{ output: 'image', suffix: 'vdi', kind: 'disk-vdi' }],
  vmdk: [
    { output: 'image', suffix: 'vmdk', kind: 'disk-vmdk' },
    { output: 'appliance', suffix: 'ova', kind: 'appliance-ova' },
  ],
  directory: [{ output: 'archive', suffix: 'tar.gz', kind: 'rootfs' }],
};

/** The outputs of a template's image action and the names of the files. */
export function imageFiles({ name, format }: Pick<ResolvedTemplate, 'name' | 'format'>): ImageFile[] {
  return SUFFIXES[format].map(({ output, suffix, kind }) => ({ output, kind, name: `${name}.${suffix}` }));
}
