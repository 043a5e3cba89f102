// Reads the text of a lock. Checked by hand, without a schema library: every run parses it, a no-op run too.
import { isDigest } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { isMalformed, parseRelations } from '../resolve/debian/relations.ts';
import { isDebianVersion } from '../resolve/debian/version.ts';
import { LOCK_FORMAT, type Lock } from './lockfile.ts';

/** Parses a lock; `place` is the file's name in failures. Failures: `lock/merge-conflict`, `-malformed`, `-format`. */
export function parseLock(text: string, place: string): Result<Lock> {
  const conflict = /^(?:<{7}|>{7})(?: |$)/m.exec(text);
  if (conflict !== null) return fail(mergeConflict(`${place}:${lineAt(text, conflict.index)}`));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(malformed(place, (error as Error).message));
  }
  try {
    const lock = record(value, 'the lock');
    if (lock.format !== LOCK_FORMAT) return fail(otherFormat(place, lock.format));
    checkLock(lock);
    return ok(value as Lock);
  } catch (error) {
    if (error instanceof Mistake) return fail(malformed(place, error.message));
    throw error;
  }
}

/** Leaves the checks below early; never leaves this file. */
class Mistake extends Error {}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._+~,:-]*$/;
const PACKAGE_KEY = /^[a-z0-9][a-z0-9.+-]*=(?:[0-9]+:)?[A-Za-z0-9.+~-]+:[a-z0-9-]+$/;
const SHA256 = /^[0-9a-f]{64}$/;
const ORIGIN = /^(?:https?|file):\/\/?[!-~]+$/;
const REQUEST = /^(?:Conflicts: )?[a-z0-9][ -~]*$/;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const DEBIAN_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
const BUILDER_VERSION = /^[0-9][A-Za-z0-9.+~_-]*$/;
const FINGERPRINT = /^[0-9A-F]{40,64}$/;
const REF_KINDS = ['commit', 'tag', 'branch'];

function checkLock(lock: Members): void {
  keys(lock, ['format', 'distributions', 'components'], 'the lock');
  for (const [name, value] of named(lock.distributions, 'distributions')) checkDistribution(value, name);
  for (const [name, value] of named(lock.components, 'components')) checkComponent(value, name);
}

function checkDistribution(value: unknown, place: string): void {
  const locked = record(value, place);
  keys(locked, ['architecture', 'metadata', 'packages', 'roots'], place);
  matches(locked.architecture, NAME, `${place}.architecture`);
  for (const entry of array(locked.metadata, `${place}.metadata`)) checkMetadata(entry, `${place}.metadata`);
  const packages = record(locked.packages, `${place}.packages`);
  for (const key of Object.keys(packages)) {
    matches(key, PACKAGE_KEY, `${place}.packages`);
    checkPackage(packages[key], key);
  }
  const roots = record(locked.roots, `${place}.roots`);
  for (const [name, root] of named(roots, `${place}.roots`)) checkRoot(root, name, packages, roots);
}

function checkMetadata(value: unknown, place: string): void {
  const entry = record(value, place);
  keys(entry, ['archive', 'suite', 'components', 'date', 'sha256', 'signers'], place);
  matches(entry.archive, ORIGIN, `${place}: archive`);
  matches(entry.suite, /^[!-~]+$/, `${place}: suite`);
  for (const component of array(entry.components, `${place}: components`)) {
    matches(component, /^[!-~]+$/, `${place}: components`);
  }
  matches(entry.date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, `${place}: date`);
  matches(entry.sha256, SHA256, `${place}: sha256`);
  for (const signer of array(entry.signers, `${place}: signers`)) {
    matches(signer, FINGERPRINT, `${place}: signers`);
  }
}

function checkPackage(value: unknown, key: string): void {
  const locked = record(value, key);
  keys(locked, ['origin', 'sha256', 'size'], key);
  matches(locked.origin, ORIGIN, `${key}: origin`);
  matches(locked.sha256, SHA256, `${key}: sha256`);
  natural(locked.size, `${key}: size`);
}

function checkRoot(value: unknown, name: string, packages: Members, roots: Members): void {
  const root = record(value, name);
  keys(root, ['on', 'requests', 'packages'], name);
  for (const request of array(root.requests, `${name}: requests`)) {
    matches(request, REQUEST, `${name}: requests`);
  }
  for (const key of array(root.packages, `${name}: packages`)) {
    if (typeof key !== 'string' || !Object.hasOwn(packages, key)) {
      throw new Mistake(`root ${name} names ${JSON.stringify(key)}, which is not among the packages`);
    }
  }
  const seen = new Set([name]);
  for (let on = root.on; on !== ''; on = record(roots[on as string], String(on)).on) {
    if (typeof on !== 'string' || !Object.hasOwn(roots, on)) {
      throw new Mistake(`root ${name} is on ${JSON.stringify(on)}, which is not among the roots`);
    }
    if (seen.has(on)) throw new Mistake(`root ${name} is on itself`);
    seen.add(on);
  }
}

function checkComponent(value: unknown, name: string): void {
  const component = record(value, name);
  const { debian, builder, ...sourced } = component;
  keys(sourced, [Object.hasOwn(sourced, 'archive') ? 'archive' : 'git'], name);
  if (debian !== undefined) checkFacts(debian, `${name}.debian`);
  if (builder !== undefined) checkBuilder(builder, `${name}.builder`);
  if (component.archive !== undefined) checkArchive(component.archive, `${name}.archive`);
  else checkGit(component.git, name);
}

function checkArchive(value: unknown, place: string): void {
  const archive = record(value, place);
  const { signature, ...rest } = archive;
  keys(rest, ['url', 'sha256', 'size', 'epoch', 'tree'], place);
  matches(archive.url, ORIGIN, `${place}.url`);
  matches(archive.sha256, SHA256, `${place}.sha256`);
  natural(archive.size, `${place}.size`);
  natural(archive.epoch, `${place}.epoch`);
  if (typeof archive.tree !== 'string' || !isDigest(archive.tree))
    throw new Mistake(`${place}.tree is not a digest`);
  if (signature === undefined) return;
  const signed = record(signature, `${place}.signature`);
  keys(signed, ['url', 'keys'], `${place}.signature`);
  matches(signed.url, ORIGIN, `${place}.signature.url`);
  for (const key of array(signed.keys, `${place}.signature.keys`))
    matches(key, /^[^\0]+$/, `${place}.signature.keys`);
}

function checkGit(value: unknown, name: string): void {
  const git = record(value, `${name}.git`);
  const { subdirectory, submodules, signedBy, signer, ...rest } = git;
  if (submodules !== undefined && submodules !== true)
    throw new Mistake(`${name}.git.submodules is not true`);
  keys(rest, ['url', 'ref', 'commit', 'epoch', 'tree'], `${name}.git`);
  if (subdirectory !== undefined) matches(subdirectory, /^[^\0]+$/, `${name}.git.subdirectory`);
  if (signedBy !== undefined || signer !== undefined) {
    for (const key of array(signedBy, `${name}.git.signedBy`))
      matches(key, /^[^\0]+$/, `${name}.git.signedBy`);
    matches(signer, FINGERPRINT, `${name}.git.signer`);
  }
  matches(git.url, /^[!-~]+$/, `${name}.git.url`);
  const ref = record(git.ref, `${name}.git.ref`);
  keys(ref, ['kind', 'name'], `${name}.git.ref`);
  if (!REF_KINDS.includes(ref.kind as string)) throw new Mistake(`${name}.git.ref.kind is not a kind of ref`);
  matches(ref.name, /^[^\0]+$/, `${name}.git.ref.name`);
  matches(git.commit, COMMIT, `${name}.git.commit`);
  natural(git.epoch, `${name}.git.epoch`);
  if (typeof git.tree !== 'string' || !isDigest(git.tree))
    throw new Mistake(`${name}.git.tree is not a digest`);
}

function checkFacts(value: unknown, place: string): void {
  const facts = record(value, place);
  keys(facts, ['source', 'version', 'buildDepends', 'buildConflicts', 'binaries'], place);
  matches(facts.source, DEBIAN_NAME, `${place}.source`);
  if (typeof facts.version !== 'string' || !isDebianVersion(facts.version))
    throw new Mistake(`${place}.version is none that dpkg accepts`);
  checkRelations(facts.buildDepends, `${place}.buildDepends`);
  checkRelations(facts.buildConflicts, `${place}.buildConflicts`);
  for (const entry of array(facts.binaries, `${place}.binaries`)) {
    const binary = record(entry, `${place}.binaries`);
    keys(binary, ['name', 'architectures', 'profiles', 'depends', 'provides'], `${place}.binaries`);
    matches(binary.name, DEBIAN_NAME, `${place}.binaries: name`);
    matches(binary.profiles, /^[ -~\n]*$/, `${place}.binaries: profiles`);
    for (const each of array(binary.architectures, `${place}.binaries: architectures`)) {
      matches(each, /^[a-z0-9-]+$/, `${place}.binaries: architectures`);
    }
    checkRelations(binary.depends, `${place}.binaries: depends`);
    checkRelations(binary.provides, `${place}.binaries: provides`);
  }
}

function checkBuilder(value: unknown, place: string): void {
  const builder = record(value, place);
  keys(builder, ['set', 'packages'], place);
  matches(builder.set, /^(?:vm|host)$/, `${place}.set`);
  for (const [target, entry] of Object.entries(record(builder.packages, `${place}.packages`))) {
    matches(target, /^[a-z0-9.-]+\/[a-z0-9]+$/, `${place}.packages`);
    const built = record(entry, `${place}.packages`);
    keys(built, ['version', 'release', 'build', 'commands', 'treeIsSource', 'files'], place);
    matches(built.version, BUILDER_VERSION, `${place}.version`);
    matches(built.release, BUILDER_VERSION, `${place}.release`);
    if (typeof built.treeIsSource !== 'boolean') throw new Mistake(`${place}.treeIsSource is no truth value`);
    for (const path of array(built.build, `${place}.build`)) {
      matches(path, /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9._+~/-]+$/, `${place}.build`);
    }
    for (const command of array(built.commands, `${place}.commands`)) {
      matches(command, /^[^\p{Cc}]+$/u, `${place}.commands`);
    }
    for (const each of array(built.files, `${place}.files`)) {
      const file = record(each, `${place}.files`);
      keys(file, ['name', 'url', 'sha256', 'size'], `${place}.files`);
      matches(file.name, /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/, `${place}.files: name`);
      matches(file.url, ORIGIN, `${place}.files: url`);
      matches(file.sha256, SHA256, `${place}.files: sha256`);
      natural(file.size, `${place}.files: size`);
    }
  }
}

function checkRelations(value: unknown, place: string): void {
  for (const relation of array(value, place)) {
    if (typeof relation !== 'string' || isMalformed(parseRelations(relation)))
      throw new Mistake(`${place} has ${JSON.stringify(relation)}, which is no relation`);
  }
}

type Members = Readonly<Record<string, unknown>>;

function record(value: unknown, place: string): Members {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Mistake(`${place} is not an object`);
  }
  return value as Members;
}

function named(value: unknown, place: string): [string, unknown][] {
  const entries = Object.entries(record(value, place));
  for (const [name] of entries) matches(name, NAME, place);
  return entries;
}

function array(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Mistake(`${place} is not a list`);
  return value;
}

function keys(value: Members, expected: readonly string[], place: string): void {
  for (const key of expected) if (!Object.hasOwn(value, key)) throw new Mistake(`${place} has no "${key}"`);
  for (const key of Object.keys(value)) {
    if (!expected.includes(key)) throw new Mistake(`${place} has an unknown member ${JSON.stringify(key)}`);
  }
}

function matches(value: unknown, pattern: RegExp, place: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new Mistake(`${place} has an impossible value ${JSON.stringify(value)}`);
  }
}

function natural(value: unknown, place: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new Mistake(`${place} is not a whole number`);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

const REGENERATE =
  'Restore the file from version control, or delete it and run `qbuild lock` to resolve afresh.';

function malformed(place: string, cause: string): Failure {
  return { code: 'lock/malformed', message: 'The lock cannot be read.', place, cause, next: REGENERATE };
}

function mergeConflict(place: string): Failure {
  return {
    code: 'lock/merge-conflict',
    message: 'The lock has merge conflict markers in it.',
    place,
    next: 'Take either side of the file (`git checkout --ours` or `--theirs`), then run `qbuild lock`.',
  };
}

function otherFormat(place: string, format: unknown): Failure {
  return {
    code: 'lock/format',
    message: `The lock has format ${JSON.stringify(format)}; this qbuild reads format ${LOCK_FORMAT}.`,
    place,
    next: 'Use the qbuild that wrote it, or delete it and run `qbuild lock` to resolve afresh.',
  };
}
