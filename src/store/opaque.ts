// Which directories of a layer hide those below them. Node cannot read extended attributes, tar can write them:
// a tar of the directories alone, without their content, carries each one's attributes as a pax header.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';

const BLOCK = 512;

/** Attributes that make a layer depend on the machine or the layers that it was made over. */
const NOT_PORTABLE = ['redirect', 'metacopy'];

/**
 * Which of these directories are opaque. Sandboxes mount overlays with `userxattr`, so the attributes are under
 * `user.`. Directories that redirect elsewhere become problems. Throws system errors.
 */
export async function opaqueDirectories(
  dir: string,
  paths: readonly string[],
  problems: Failure[],
): Promise<Set<string>> {
  return paths.length === 0 ? new Set() : opaqueIn(await tarOf(dir, paths), dir, problems);
}

/** The same from the tar. */
export function opaqueIn(tar: Buffer, dir: string, problems: Failure[]): Set<string> {
  const opaque = new Set<string>();
  for (const [path, attributes] of readPax(tar)) {
    for (const [name, value] of attributes) {
      const [, attribute] = /^SCHILY\.xattr\.user\.overlay\.(.*)$/.exec(name) ?? [];
      if (attribute === 'opaque' && value === 'y') opaque.add(path);
      if (attribute !== undefined && NOT_PORTABLE.includes(attribute)) {
        problems.push(notPortable(join(dir, path), attribute));
      }
    }
  }
  return opaque;
}

function tarOf(dir: string, paths: readonly string[]): Promise<Buffer> {
  const options = [
    '--create',
    '--format=pax',
    '--xattrs',
    '--xattrs-include=user.overlay.*',
    '--no-recursion',
  ];
  const args = [...options, '--null', '--verbatim-files-from', '--files-from=-', '--file=-'];
  return new Promise((resolve, reject) => {
    const child = spawn('tar', args, { cwd: dir, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
    const out: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else
        reject(Object.assign(new Error(`tar: ${errors.trim()}`), { code: 'EIO', syscall: 'tar', path: dir }));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(paths.map((path) => `${path}\0`).join(''));
  });
}

/** The attributes in the pax headers of a tar of directories, by path. Format: POSIX.1-2017, pax, 4.4. */
function* readPax(tar: Buffer): Generator<[string, Map<string, string>]> {
  let extended = new Map<string, string>();
  for (let offset = 0; offset + BLOCK <= tar.length; ) {
    const header = tar.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0;
    const type = header.toString('latin1', 156, 157);
    offset += BLOCK;
    if (header[0] === 0) return;
    if (type === 'x') {
      extended = records(tar.subarray(offset, offset + size));
    } else {
      const path = extended.get('path') ?? nameOf(header);
      yield [path.replace(/\/$/, ''), extended];
      extended = new Map();
    }
    offset += Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** Records of the form `length key=value\n`, where the length counts itself. */
function records(data: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (let offset = 0; offset < data.length; ) {
    const space = data.indexOf(0x20, offset);
    const length = Number(data.toString('latin1', offset, space));
    const record = data.toString('utf8', space + 1, offset + length - 1);
    const equals = record.indexOf('=');
    found.set(record.slice(0, equals), record.slice(equals + 1));
    offset += length;
  }
  return found;
}

/** Name of a ustar header: a prefix of up to 155 bytes and a name of up to 100. */
function nameOf(header: Buffer): string {
  const text = (start: number, end: number) =>
    header.toString('utf8', start, end).split('\0', 1)[0] as string;
  const prefix = text(345, 500);
  return prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
}

function notPortable(place: string, attribute: string): Failure {
  return {
    code: 'action/layer-not-portable',
    message: `A layer holds overlay's \`${attribute}\`, which means something only over the layers it was made on.`,
    place,
    next: 'Mount the overlay with redirect_dir=off and metacopy=off.',
  };
}
