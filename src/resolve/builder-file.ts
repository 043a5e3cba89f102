// Reads a `.qubesbuilder` file: how a repository says that its packages are built for one set of packages and release.
// The text is somebody else's: nothing of it becomes a path, URL or command before it was checked here.
import type { Json } from '../base/canonical.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { child, failureAt, type Pointer, quote, type SourceText } from '../manifest/place.ts';
import { readYaml } from '../manifest/yaml-text.ts';
import type { BuilderSet } from './resolved.ts';

/** What is asked of the file. */
export interface BuilderQuestion {
  readonly set: BuilderSet;
  readonly kind: 'deb' | 'rpm';
  /** Of the target's distribution, such as `bookworm`: `vm-bookworm` is asked before `vm`. */
  readonly codename: string;
  readonly component: string;
  readonly version: string;
  readonly release: string;
  /** Whether the tree has its submodules in it. */
  readonly submodules: boolean;
}

/** A file to download, and what vouches for it: a checksum, or a signature by one of the keys. Paths are in the source. */
export interface AskedFile {
  readonly url: string;
  readonly name: string;
  readonly proof:
    | { readonly kind: 'sha256' | 'sha512'; readonly path: string }
    | { readonly kind: 'signature'; readonly url: string; readonly keys: readonly string[] };
}

/** What the file answers; see `BuilderPackage`. */
export interface BuilderAnswer {
  readonly build: readonly string[];
  readonly commands: readonly string[];
  readonly treeIsSource: boolean;
  readonly files: readonly AskedFile[];
}

/** Bytes; the largest of the known repositories' has 2 KiB. */
export const MAX_BUILDER_FILE = 64 * 1024;
/** Entries of a list. */
const MAX_ENTRIES = 64;
const MAX_TEXT = 4096;

/** `version` and `rel` become parts of file names, versions and commands. */
const VERSION = /^[0-9][A-Za-z0-9.+~_-]{0,63}$/;
const PATH = /^(?![-/])(?!(?:.*\/)?\.{1,2}(?:\/|$))(?!.*\/\/)[A-Za-z0-9._+~/-]{1,400}$/;
const URL = /^(?:https?|file):\/\/[!#-&(-;=?-[\]_a-z~]{1,1000}$/;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$/;

/** Placeholders of directories, which a build replaces, and the one program of qubes-builder that there is here. */
const COMMAND_PLACEHOLDERS =
  /@(?:SOURCE_DIR|BUILD_DIR)@|@PLUGINS_DIR@\/source_deb\/scripts\/debian-quilt(?= )/g;

/** The first line of a `version` or `rel` file. Failure: `source/bad-version-file`. */
export function parseVersionFile(text: string, place: string): Result<string> {
  const [line = ''] = text.split('\n');
  if (VERSION.test(line.trim())) return ok(line.trim());
  return fail({
    code: 'source/bad-version-file',
    message: `${quote(line)} is no version.`,
    place: `${place}:1`,
    next: 'A version begins with a digit and has letters, digits and `.+~_-` only. Use another tag.',
  });
}

/** Failures: `source/bad-builder-file`, `source/builder-unsupported`; all of a pass are joined. */
export function parseBuilderFile(
  text: string,
  label: string,
  question: BuilderQuestion,
): Result<BuilderAnswer> {
  const read = readYaml({ label, text });
  if ('failures' in read) {
    const [first, ...rest] = read.failures.map((each): Failure => ({ ...each, code: BAD }));
    if (first === undefined) throw new Error('a text was refused without a reason');
    return fail(joinFailures([first, ...rest]));
  }
  const { data, values, keys } = read.yaml;
  const reading = new Reading({ path: label, label, text, values, keys }, question);
  const answer = reading.answer(data);
  const [first, ...rest] = reading.failures;
  return first === undefined ? ok(answer) : fail(joinFailures([first, ...rest]));
}

const BAD = 'source/bad-builder-file';

/** A value with its place; what is wrong with it is reported and read as if it were absent. */
interface Value {
  readonly data: Json | undefined;
  readonly pointer: Pointer;
}

class Reading {
  readonly failures: Failure[] = [];
  readonly #source: SourceText;
  readonly #question: BuilderQuestion;

  constructor(source: SourceText, question: BuilderQuestion) {
    this.#source = source;
    this.#question = question;
  }

  answer(data: Json): BuilderAnswer {
    const top: Value = { data, pointer: '' };
    const { set, kind, codename } = this.#question;
    const general = this.#member(this.#member(top, set), kind);
    const own = this.#member(this.#member(top, `${set}-${codename}`), kind);
    // What the release's own section states replaces the whole of what the general one says under that key.
    const stated = (key: string): Value => {
      const special = this.#member(own, key);
      return special.data === undefined ? this.#member(general, key) : special;
    };
    const build = this.#list(stated('build')).map((each) =>
      this.#text(each, PATH, 'a path inside of the source'),
    );
    if (build.length === 0) this.#unsupported(top, `it builds nothing of kind \`${kind}\` for \`${set}\``);
    const preparing = stated('source');
    this.#known(preparing, ['commands']);
    const commands = this.#list(this.#member(preparing, 'commands'));
    const source = this.#member(top, 'source');
    this.#known(source, ['files', 'create-archive', 'modules']);
    const modules = this.#member(source, 'modules');
    if (this.#list(modules).length > 0 && kind === 'rpm')
      this.#unsupported(modules, 'no archives are made of submodules');
    else if (this.#list(modules).length > 0 && !this.#question.submodules)
      this.#unsupported(modules, 'its submodules are fetched with `submodules: true` only');
    const files = this.#list(this.#member(source, 'files')).map((each) => this.#file(each));
    const archive = this.#member(source, 'create-archive');
    if (archive.data !== undefined && typeof archive.data !== 'boolean')
      this.#bad(archive, '`true` or `false`');
    return {
      build,
      commands: commands.map((each) => this.#command(each)),
      treeIsSource: typeof archive.data === 'boolean' ? archive.data : files.length === 0,
      files,
    };
  }

  #file(value: Value): AskedFile {
    this.#known(value, ['url', 'sha256', 'sha512', 'signature', 'pubkeys']);
    const url = this.#text(this.#member(value, 'url'), URL, 'a URL of `https://`, `http://` or `file://`');
    const name = /(?:#|.*)\/([^/#]*)$/.exec(url)?.[1] ?? '';
    if (url !== '' && !FILE_NAME.test(name))
      this.#bad(this.#member(value, 'url'), 'a URL that ends in a file name');
    const [plain = ''] = url.split('#');
    for (const kind of ['sha256', 'sha512'] as const) {
      const sum = this.#member(value, kind);
      if (sum.data === undefined) continue;
      return {
        url: plain,
        name,
        proof: { kind, path: this.#text(sum, PATH, 'a path inside of the source') },
      };
    }
    const signature = this.#text(
      this.#member(value, 'signature'),
      URL,
      'a URL, or instead of it `sha256` or `sha512`',
    );
    const keys = this.#list(this.#member(value, 'pubkeys')).map((each) =>
      this.#text(each, PATH, 'a path inside of the source'),
    );
    if (keys.length === 0) this.#bad(value, 'a file with `pubkeys` for its signature');
    return { url: plain, name, proof: { kind: 'signature', url: signature, keys } };
  }

  #command(value: Value): string {
    const text = this.#text(value, /^[^\p{Cc}]+$/u, 'a command on one line');
    const left = /@[A-Z_]+@/.exec(text.replace(COMMAND_PLACEHOLDERS, ''));
    if (left !== null) this.#unsupported(value, `the command needs ${left[0]}`);
    return text;
  }

  #member({ data, pointer }: Value, key: string): Value {
    const at = child(pointer, key);
    if (data === undefined || data === null) return { data: undefined, pointer: at };
    if (typeof data !== 'object' || Array.isArray(data)) {
      this.#bad({ data, pointer }, 'a mapping');
      return { data: undefined, pointer: at };
    }
    const member = Object.hasOwn(data, key) ? (data as Readonly<Record<string, Json>>)[key] : undefined;
    return { data: member ?? undefined, pointer: at };
  }

  #list(value: Value): Value[] {
    const { data, pointer } = value;
    if (data === undefined) return [];
    if (!Array.isArray(data) || data.length > MAX_ENTRIES) {
      this.#bad(value, `a list of at most ${MAX_ENTRIES} entries`);
      return [];
    }
    return data.map((each: Json, index) => ({ data: each, pointer: child(pointer, index) }));
  }

  /** The text with the placeholders of the version in place; empty after a report. */
  #text(value: Value, pattern: RegExp, what: string): string {
    const { component, version, release } = this.#question;
    const text = typeof value.data === 'string' && value.data.length <= MAX_TEXT ? value.data : '';
    const filled = text
      .replaceAll('@COMPONENT@', component)
      .replaceAll('@VERREL@', `${version}-${release}`)
      .replaceAll('@VERSION@', version)
      .replaceAll('@REL@', release);
    if (pattern.test(filled)) return filled;
    this.#bad(value, what);
    return '';
  }

  #known({ data, pointer }: Value, keys: readonly string[]): void {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return;
    for (const key of Object.keys(data)) {
      if (keys.includes(key)) continue;
      this.#unsupported(
        { data, pointer: child(pointer, key) },
        `there is nothing here for the key ${quote(key)}`,
      );
    }
  }

  /** Once a value: several questions may meet the same mistake. */
  #report(code: Failure['code'], { pointer }: Value, message: string, next: string): void {
    const failure = failureAt({ source: this.#source, pointer }, { code, message, next });
    if (this.failures.every((other) => other.place !== failure.place)) this.failures.push(failure);
  }

  #bad(value: Value, what: string): void {
    this.#report(
      BAD,
      value,
      `Expected here: ${what}.`,
      'Use another tag, or write a recipe without `builder`.',
    );
  }

  #unsupported(value: Value, why: string): void {
    const next = 'Write a recipe of the component’s name without `builder`.';
    this.#report(
      'source/builder-unsupported',
      value,
      `The repository cannot be built as it says: ${why}.`,
      next,
    );
  }
}
