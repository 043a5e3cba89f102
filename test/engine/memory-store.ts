// The store's in-memory twin: the engine's port without a disk. Outputs of an execution are what `write` put there.
import type { Action, ActionId, OutputKind } from '../../src/action/action.ts';
import { type ActionKey, keyOf, type Preimage } from '../../src/action/preimage.ts';
import { type Digest, digestOf, digestOfFile } from '../../src/base/digest.ts';
import { type Failure, fail, ok, type Result } from '../../src/base/failure.ts';
import type { ActionResult, Claim, Log, Remembered, Staging, Store } from '../../src/engine/ports.ts';

/** What several stores share, as several processes share a directory. */
export class SharedState {
  readonly contents = new Map<Digest, string>();
  readonly results = new Map<ActionKey, ActionResult>();
  readonly preimages = new Map<ActionKey, Preimage>();
  readonly claims = new Map<ActionKey, { waiting: (() => void)[] }>();
}

export class MemoryStore implements Store {
  readonly shared: SharedState;
  readonly logs = new Map<string, string>();
  readonly #history = new Map<ActionId, Remembered>();
  readonly #staged = new Map<string, Map<string, string>>();
  #stagings = 0;
  /** When set, `commit` fails with it. */
  commitFailure: Failure | undefined;
  /** Digests whose content is found to be damaged at the next use. */
  readonly damaged = new Set<Digest>();

  constructor(shared = new SharedState()) {
    this.shared = shared;
  }

  /** Directories that were handed out and not discarded. */
  get openStagings(): number {
    return this.#staged.size;
  }

  /** What a runner does in place of writing `/out/<name>`. */
  write(staging: Staging, name: string, content: string): void {
    this.#staged.get(staging.dir)?.set(name, content);
  }

  /** Reads what `path` points to. */
  read(path: string): string {
    const content = this.shared.contents.get(path.replace('memory:/', '') as Digest);
    if (content === undefined) throw new Error(`nothing at ${path}`);
    return content;
  }

  async result(key: ActionKey): Promise<ActionResult | undefined> {
    const result = this.shared.results.get(key);
    const sound = Object.values(result?.outputs ?? {}).every(({ digest }) =>
      this.shared.contents.has(digest),
    );
    return sound ? result : undefined;
  }

  async commit(
    action: Action,
    key: ActionKey,
    preimage: Preimage,
    staging: Staging,
    durationMs: number,
  ): Promise<Result<ActionResult>> {
    if (keyOf(preimage) !== key) throw new Error('the key is not that of the preimage');
    if (this.commitFailure !== undefined) return fail(this.commitFailure);
    const staged = this.#staged.get(staging.dir) ?? new Map<string, string>();
    const outputs: Record<string, { kind: OutputKind; digest: Digest }> = {};
    for (const [name, kind] of Object.entries(action.outputs)) {
      const content = staged.get(name);
      if (content === undefined) return fail({ code: 'action/missing-output', message: `No ${name}.` });
      outputs[name] = { kind, digest: this.put(content) };
    }
    const result = { key, preimage, outputs, durationMs };
    this.shared.results.set(key, result);
    this.shared.preimages.set(key, preimage);
    return ok(result);
  }

  async staging(label: string): Promise<Result<Staging>> {
    const dir = `memory:/staging/${this.#stagings++}-${label}`;
    this.#staged.set(dir, new Map());
    return ok({ dir, discard: async () => void this.#staged.delete(dir) });
  }

  async has(digest: Digest): Promise<boolean> {
    return this.shared.contents.has(digest);
  }

  path(digest: Digest): string {
    return `memory:/${digest}`;
  }

  put(content: string): Digest {
    const digest = digestOf(content);
    this.shared.contents.set(digest, content);
    return digest;
  }

  async putText(text: string): Promise<Result<Digest>> {
    return ok(this.put(text));
  }

  async putFile(path: string): Promise<Result<Digest>> {
    return ok(await digestOfFile(path));
  }

  async putTree(): Promise<Result<Digest>> {
    throw new Error('the in-memory store takes no directories');
  }

  async verifyForUse(digests: readonly Digest[]): Promise<Result<void>> {
    const found = digests.filter((digest) => this.damaged.delete(digest));
    for (const digest of found) this.shared.contents.delete(digest);
    return found.length === 0 ? ok() : fail({ code: 'store/damaged', message: 'It was altered.' });
  }

  history(action: ActionId): Remembered | undefined {
    return this.#history.get(action);
  }

  remember(action: ActionId, key: ActionKey, durationMs: number): void {
    const last = this.#history.get(action);
    const previous = last !== undefined && last.key !== key ? last.key : last?.previous;
    const duration = durationMs > 0 ? durationMs : (last?.durationMs ?? 0);
    this.#history.set(action, { key, durationMs: duration, ...(previous !== undefined && { previous }) });
  }

  async preimage(key: ActionKey): Promise<Preimage | undefined> {
    return this.shared.preimages.get(key);
  }

  claim(key: ActionKey): Claim | undefined {
    if (this.shared.claims.has(key)) return undefined;
    const claim = { waiting: [] as (() => void)[] };
    this.shared.claims.set(key, claim);
    return {
      release: () => {
        this.shared.claims.delete(key);
        for (const wake of claim.waiting) wake();
      },
    };
  }

  async unclaimed(key: ActionKey, signal: AbortSignal): Promise<void> {
    const claim = this.shared.claims.get(key);
    if (claim === undefined || signal.aborted) return;
    await new Promise<void>((resolve) => {
      claim.waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  log(_action: ActionId, key: ActionKey): Result<Log> {
    const path = `memory:/logs/${key}`;
    this.logs.set(path, '');
    const tail = async (lines: number) =>
      (this.logs.get(path) ?? '').trimEnd().split('\n').slice(-lines).join('\n');
    return ok({ path, tail });
  }
}
