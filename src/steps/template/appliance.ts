// The descriptor of an OVA (DMTF DSP0243): a virtual machine that others import.
import { readFileSync } from 'node:fs';

const DESCRIPTOR = readFileSync(new URL('./appliance.ovf', import.meta.url), 'utf8');
const MIB = 2 ** 20;

/** XML with the place holder `@SIZE@` where the size of the VMDK in bytes belongs. `size`: of the disk, in bytes. */
export function applianceDescriptor(name: string, title: string, size: number): string {
  return DESCRIPTOR.replaceAll('@NAME@', () => name)
    .replaceAll('@TITLE@', () => escaped(title))
    .replaceAll('@CAPACITY@', String(size / MIB));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
