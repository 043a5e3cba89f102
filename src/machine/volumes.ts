// The volumes of a trial as files of this host, before its first machine starts.
import {
  closeSync,
  constants,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import type { Volume } from '../steps/trial.ts';
import type { DriveSource } from './arguments.ts';
import { efiSystemPartition } from './gpt.ts';
import { filesBelow } from './iso9660.ts';

export type Volumes = ReadonlyMap<string, DriveSource>;

/** What was built for the trials; paths are absolute. */
export interface Published {
  /** Directory of everything that the product delivers. */
  readonly directory: string;
  /** Paths of its files by kind. */
  readonly files: ReadonlyMap<string, string>;
  /** Images of templates, by name. */
  readonly templates: ReadonlyMap<string, { readonly path: string; readonly format: string }>;
}

/** The published certificate (DER) of the key that signs programs; keys.json says which file that is. */
export function publishedCertificate({ directory }: Published): string | undefined {
  const keys = join(directory, 'keys');
  const { keys: listed } = JSON.parse(readFileSync(join(keys, 'keys.json'), 'utf8')) as {
    keys: readonly { purpose: string; certificate?: { der: string } }[];
  };
  const file = listed.find(({ purpose }) => purpose === 'authenticode')?.certificate?.der;
  return file === undefined ? undefined : join(keys, file);
}

/**
 * Makes the volumes in `dir`, which is the trial's own. Fails with `trial/not-published`, `trial/not-alterable`, or
 * `trial/no-volumes` where `dir` takes no files or no more of them.
 */
export function makeVolumes(
  volumes: Readonly<Record<string, Volume>>,
  published: Published,
  dir: string,
): Result<Volumes> {
  const made = new Map<string, DriveSource>();
  for (const [name, volume] of Object.entries(volumes)) {
    const source = makeOrExplain(volume, published, join(dir, name));
    if (!source.ok) return source;
    made.set(name, source.value);
  }
  return ok(made);
}

function makeOrExplain(volume: Volume, published: Published, at: string): Result<DriveSource> {
  try {
    return makeVolume(volume, published, at);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail({
      code: 'trial/no-volumes',
      message: `A volume of the trial could not be written: ${message}.`,
      place: at,
      next: 'Make room there, or name another directory with `--logs`.',
    });
  }
}

function makeVolume(volume: Volume, published: Published, at: string): Result<DriveSource> {
  switch (volume.kind) {
    case 'published': {
      const path = pathOf(volume.file, published);
      return path.ok ? ok({ kind: 'image', path: path.value, format: volume.format, discards: true }) : path;
    }
    case 'altered': {
      const path = pathOf(volume.file, published);
      return path.ok ? alteredCopy(path.value, volume.below, at) : path;
    }
    case 'altered-file': {
      const path = pathOf(volume.file, published);
      if (!path.ok) return path;
      const found = filesBelow(path.value, dirname(volume.path))?.find((each) => each.path === volume.path);
      if (found === undefined || found.size <= volume.offset)
        return notAlterable(path.value, `the file ${volume.path}`);
      return changedCopy(path.value, found.offset + volume.offset, at);
    }
    case 'altered-efi-partition': {
      const path = pathOf(volume.file, published);
      if (!path.ok) return path;
      const partition = efiSystemPartition(path.value);
      if (partition === undefined) return notAlterable(path.value, 'an EFI system partition');
      return changedCopy(path.value, partition.offset + Math.floor(partition.size / 4), at);
    }
    case 'template': {
      const image = published.templates.get(volume.template);
      if (image === undefined) throw new Error(`no image of ${volume.template} was built for the trial`);
      return ok({ kind: 'image', ...image, discards: true });
    }
    case 'directory':
      return ok({ kind: 'directory', path: join(published.directory, volume.path), label: volume.label });
    case 'empty':
      writeFileSync(at, '');
      truncateSync(at, volume.mebibytes * 2 ** 20);
      return ok({ kind: 'image', path: at, format: 'raw', discards: false });
    case 'files':
      mkdirSync(at);
      for (const [name, text] of Object.entries(volume.files)) writeFileSync(join(at, name), text);
      return ok({ kind: 'directory', path: at, label: volume.label });
  }
}

function pathOf(file: string, { files }: Published): Result<string> {
  const path = files.get(file);
  if (path !== undefined) return ok(path);
  return fail({
    code: 'trial/not-published',
    message: `Nothing of the kind ${file} was published, which a trial needs.`,
    cause: `Published: ${[...files.keys()].join(', ')}.`,
  });
}

function alteredCopy(path: string, below: string, at: string): Result<DriveSource> {
  const file = filesBelow(path, below)?.find(({ size }) => size > 0);
  if (file === undefined) return notAlterable(path, `a file below ${below}`);
  return changedCopy(path, file.offset + Math.floor(file.size / 2), at);
}

function notAlterable(path: string, what: string): Result<never> {
  return fail({
    code: 'trial/not-alterable',
    message: `The medium does not have ${what} of which a byte could be changed.`,
    place: path,
  });
}

function changedCopy(path: string, offset: number, at: string): Result<DriveSource> {
  copyFileSync(path, at, constants.COPYFILE_FICLONE);
  const fd = openSync(at, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, offset);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    writeSync(fd, byte, 0, 1, offset);
  } finally {
    closeSync(fd);
  }
  return ok({ kind: 'image', path: at, format: 'raw', discards: true });
}
