// Who signed a tag or a commit: its own bytes are taken apart as git does, and gpgv judges them. Git's own verification
// is not asked, because it believes the user's configuration and every key that the user has.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { GitNeed } from '../lock/needs.ts';
import { gitFailed, type InMirror } from './git-mirror.ts';
import { type NamedKey, whoSigned } from './openpgp-proof.ts';
import { detachedPackets } from './openpgp-signature.ts';

/** What is fetched of a source: `name` is the ref or commit in the mirror, `commit` what it leads to. */
export interface Fetched {
  readonly need: GitNeed;
  readonly name: string;
  readonly commit: string;
}

/**
 * Fingerprint of the primary key among `keys` that signed what the source names: the tag object of a tag, else the
 * commit. Submodules are pinned by the hash that a signed commit has of them. Failures: `source/unsigned`,
 * `source/bad-signature`, `source/bad-keyring`, `source/git`, `host/…`.
 */
export async function gitSigner(
  run: InMirror,
  { need, name, commit }: Fetched,
  keys: readonly NamedKey[],
  signal: AbortSignal,
): Promise<Result<string>> {
  const object = need.ref.kind === 'tag' ? await tagObject(run, need, name) : ok(commit);
  if (!object.ok) return object;
  const kind = need.ref.kind === 'tag' ? 'tag' : 'commit';
  const shown = await run(['cat-file', kind, object.value]);
  if (!shown.ok) return shown;
  if (shown.value.exitCode !== 0) return fail(gitFailed(need.url, shown.value.stderr));
  // One character a byte.
  const content = shown.value.stdout.toString('latin1');
  const parts = kind === 'tag' ? splitTag(content) : splitCommit(content);
  if (parts.signature === undefined) return fail(unsigned(need, parts.instead));
  const wrong = kind === 'tag' ? wrongTag(parts.payload, need.ref.name, commit) : wrongCommit(parts.payload);
  if (wrong !== undefined) return fail(badSignature(need, wrong));
  const packets = detachedPackets(parts.signature);
  if (packets === undefined) return fail(badSignature(need, notOpenPgp(parts.signature)));
  const scratch = await mkdtemp(join(tmpdir(), 'qbuild-signature-'));
  try {
    const files = { signed: join(scratch, 'object'), signature: join(scratch, 'signature') };
    await writeFile(files.signed, parts.payload, 'latin1');
    await writeFile(files.signature, packets);
    const found = await whoSigned(files, keys, scratch, signal);
    if (!found.ok) return found;
    return 'signer' in found.value ? ok(found.value.signer) : fail(badSignature(need, found.value.refused));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The object that the tag's ref names itself, not what it leads to. */
async function tagObject(run: InMirror, need: GitNeed, name: string): Promise<Result<string>> {
  const parsed = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', name]);
  if (!parsed.ok) return parsed;
  const object = parsed.value.stdout.toString('utf8').trim();
  const type = await run(['cat-file', '-t', object]);
  if (!type.ok) return type;
  if (type.value.exitCode !== 0) return fail(gitFailed(need.url, type.value.stderr));
  if (type.value.stdout.toString('utf8').trim() === 'tag') return ok(object);
  return fail(unsigned(need, 'It is a name for a commit alone, and not a tag object that could be signed.'));
}

/** The signed bytes of an object and its signature, one character a byte. */
interface Parts {
  readonly payload: string;
  readonly signature?: string;
  /** Why there is none. */
  readonly instead?: string;
}

/** What begins a signature, in any of the formats that git knows (its gpg-interface.c). */
const BEGINNINGS = ['PGP SIGNATURE', 'PGP MESSAGE', 'SSH SIGNATURE', 'SIGNED MESSAGE'].map(
  (format) => `\n-----BEGIN ${format}-----`,
);

/** A tag's signature is its end, from the last line that begins one. */
function splitTag(content: string): Parts {
  const at = Math.max(...BEGINNINGS.map((beginning) => content.lastIndexOf(beginning))) + 1;
  return at === 0 ? { payload: content } : { payload: content.slice(0, at), signature: content.slice(at) };
}

/** A commit's signature is its header `gpgsig`, whose further lines begin with a space; the rest is what it signs. */
function splitCommit(content: string): Parts {
  const end = content.indexOf('\n\n');
  const head = end < 0 ? content : content.slice(0, end);
  const fields = head.split(/\n(?! )/);
  const isSignature = (field: string) => field.startsWith('gpgsig ');
  const payload = fields.filter((field) => !isSignature(field)).join('\n') + content.slice(head.length);
  const [field, ...more] = fields.filter(isSignature);
  if (field === undefined) return { payload };
  // Git would take both for one; nobody makes such commits honestly.
  if (more.length > 0) return { payload, instead: 'It has more than one header `gpgsig`.' };
  return { payload, signature: field.slice('gpgsig '.length).replaceAll('\n ', '\n') };
}

/** What is wrong with a tag's headers. A server could offer an old tag, well signed, under a new name. */
function wrongTag(payload: string, name: string, commit: string): string | undefined {
  const headers = /^object ([0-9a-f]+)\ntype ([a-z]+)\ntag ([^\n]+)\n(?:tagger [^\n]*\n)?\n/.exec(payload);
  if (headers === null) return 'Its headers are not those of a tag.';
  const [, object, type, stated = ''] = headers;
  if (type !== 'commit') return `It is a tag of a ${type}, and not of a commit.`;
  const own = Buffer.from(stated, 'latin1').toString('utf8');
  if (own !== name) return `It calls itself ${JSON.stringify(own)}: another tag is offered under this name.`;
  return object === commit ? undefined : 'It leads to another commit than the one that was fetched.';
}

function wrongCommit(payload: string): string | undefined {
  return payload.startsWith('tree ') ? undefined : 'Its headers are not those of a commit.';
}

function notOpenPgp(signature: string): string {
  const format = /^-----BEGIN ([A-Z ]+)-----/.exec(signature)?.[1];
  if (format === 'SSH SIGNATURE')
    return 'It is signed with an SSH key; only OpenPGP signatures are supported.';
  if (format === 'SIGNED MESSAGE')
    return 'It is signed with an X.509 certificate; only OpenPGP signatures are supported.';
  return 'What is in the place of its signature is no detached OpenPGP signature.';
}

function placeOf({ url, ref }: GitNeed): string {
  return `${url}@${ref.name}`;
}

function unsigned(need: GitNeed, cause: string | undefined): Failure {
  const what = need.ref.kind === 'tag' ? 'tag' : 'commit';
  return {
    code: 'source/unsigned',
    message: `The ${what} is not signed, and the recipe asks for a signature with \`signedBy\`.`,
    place: placeOf(need),
    ...(cause !== undefined && { cause }),
    next:
      need.ref.kind === 'tag'
        ? 'Name a tag that its owner has signed, or a `commit` that is signed.'
        : 'Name a commit that its owner has signed, or a `tag` that is signed.',
  };
}

function badSignature(need: GitNeed, cause: string): Failure {
  const what = need.ref.kind === 'tag' ? 'tag' : 'commit';
  return {
    code: 'source/bad-signature',
    message: `The ${what} is not signed by a key that \`signedBy\` names.`,
    place: placeOf(need),
    cause,
    next: 'Do not use it before its owner has explained this.',
  };
}
