// SHA256SUMS: one line a published file, in the format of coreutils' sha256sum, sorted by path.
import { compareCodeUnits } from '../base/canonical.ts';

export interface Checksum {
  /** Relative to the directory of SHA256SUMS. */
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The text that `sha256sum --check` reads. As there, a backslash before a line says that its name is escaped. */
export function checksumsText(files: readonly Checksum[]): string {
  return files
    .toSorted((a, b) => compareCodeUnits(a.path, b.path))
    .map(({ path, sha256 }) => {
      const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
      return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
    })
    .join('');
}

const LINE = /^(\\?)([0-9a-f]{64}) [ *](.+)$/s;

/** What a SHA256SUMS says; lines that are none of its format are left out. */
export function parseChecksums(text: string): readonly Checksum[] {
  return text.split('\n').flatMap((line) => {
    const [, mark, sha256 = '', name = ''] = LINE.exec(line) ?? [];
    if (mark === undefined) return [];
    const path = mark === '' ? name : name.replace(/\\(.)/gs, (_, each) => (each === 'n' ? '\n' : each));
    return [{ path, sha256 }];
  });
}
