// A bench for repository deliverables: plans one from hand-made packages, runs its actions in real sandboxes with the
// tools of the host, signs with a development key, and publishes.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from '../../src/action/action.ts';
import { type Failure, ok, type Result } from '../../src/base/failure.ts';
import { keptDirectories, publicationsOf } from '../../src/build/publications.ts';
import { publish } from '../../src/build/publish.ts';
import { runGraph } from '../../src/engine/run.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { sandboxRunner } from '../../src/sandbox/sandbox-runner.ts';
import { type OpenPgpSigner, openOpenPgpSigner } from '../../src/sign/openpgp.ts';
import { ensureOpenPgpDevelopmentKey } from '../../src/sign/openpgp-keys.ts';
import { signRunner } from '../../src/sign/sign-runner.ts';
import type { DeliverablePlan, DeliverableStep } from '../../src/steps/deliverable-step.ts';
import type { BuiltPackage, PackageStep } from '../../src/steps/package-step.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { component, product, windowsPackage } from '../plan/resolved.ts';
import { never, scratch, sh, value } from '../source/fixture/scratch.ts';

export type Given = Partial<Pick<ResolvedProduct, 'version' | 'epoch' | 'publisher'>>;

export class RepositoryBench {
  readonly dir: string;
  readonly store: DiskStore;
  readonly signer: OpenPgpSigner;
  #components = 0;

  private constructor(dir: string, store: DiskStore, signer: OpenPgpSigner) {
    this.dir = dir;
    this.store = store;
    this.signer = signer;
  }

  static async open(): Promise<RepositoryBench> {
    const dir = scratch();
    const store = value(await openStore(join(dir, 'store'), { workspace: dir }));
    const key = value(await ensureOpenPgpDevelopmentKey(join(dir, 'keys')));
    return new RepositoryBench(dir, store, value(await openOpenPgpSigner(key, {}, new Date())));
  }

  /** An empty directory of the store's file system. */
  fresh(): string {
    return mkdtempSync(join(this.dir, 'dir-'));
  }

  /** A built package with the files of directories, which are moved into the store. */
  async built(kind: 'deb' | 'rpm', target: string, content: string, source?: string): Promise<BuiltPackage> {
    this.#components += 1;
    const tree = async (directory: string): Promise<Input> => ({
      from: 'tree',
      digest: value(await this.store.putTree(directory)),
    });
    return {
      kind,
      component: `component-${this.#components}`,
      target,
      shipped: true,
      actions: [],
      content: await tree(content),
      ...(source === undefined ? {} : { source: await tree(source) }),
      forDependents: {},
      checks: [],
    };
  }

  /** A built package of one component with these files, as its step describes it; it builds on nothing. */
  async described(
    step: PackageStep,
    name: string,
    target: string,
    directory: string,
    build: Readonly<Record<string, string>> = {},
  ): Promise<BuiltPackage> {
    const package_ = windowsPackage({ target, build: { kind: step.kind, ...build } });
    return step.describe({
      component: component(name, { packages: [package_] }),
      package: package_,
      source: { from: 'tree', digest: value(await this.store.putTree(directory)) },
      epoch: product().epoch,
      root: [],
      dependencies: [],
      neededByOthers: false,
    });
  }

  /** Plans the deliverable of the product `desk`. */
  plan(
    step: DeliverableStep,
    settings: Readonly<Record<string, string | number>>,
    packages: readonly BuiltPackage[],
    given: Given = {},
  ): Result<DeliverablePlan> {
    const { fingerprint, tool, publicKey } = this.signer.identity;
    return step.describe({
      product: product(given),
      deliverable: { kind: step.kind, settings },
      packages,
      sources: {},
      signers: { openpgp: { fingerprint, tool, publicKey } },
      // Without layers a sandbox has the tools of the host.
      root: () => [],
      layers: () => [],
      templateFiles: {},
    });
  }

  /** Runs the plan and the builds that it needs, and publishes into `out`. */
  async publish(
    plan: DeliverablePlan,
    out: string,
    given: Given = {},
    builds: readonly BuiltPackage[] = [],
  ): Promise<Result<void, Failure>> {
    const actions = [...builds.flatMap((each) => each.actions), ...plan.actions];
    const graph = { actions: new Map(actions.map((action) => [action.id, action])) };
    const noCertificate = () => Promise.reject(new Error('nothing here is signed with a certificate'));
    const sign = signRunner({
      authenticode: noCertificate,
      openpgp: async () => ({ ok: true, value: this.signer }),
    });
    const clock = { now: () => performance.now() };
    const runners = { sandbox: sandboxRunner(bubblewrap), sign };
    const run = await runGraph(
      graph,
      { store: this.store, supply: { ensure: async () => ok() }, runners, emit: () => {}, clock },
      { jobs: 2, memoryMB: 4096, keepGoing: false, signal: never() },
    );
    if (!run.ok) return run;
    const publications = publicationsOf(plan.files, run.value.outputs, this.store);
    const done = await publish(out, publications, {
      epoch: product(given).epoch,
      keepBelow: keptDirectories(plan.files),
    });
    return done.ok ? ok() : done;
  }
}

/** Builds a tiny package with dpkg-deb into `directory`. */
export function makeDeb(
  directory: string,
  name: string,
  version: string,
  fields: Readonly<Record<string, string>> = {},
): void {
  const tree = join(scratch(), name);
  const { Architecture = 'amd64', ...rest } = fields;
  const control = {
    Package: name,
    Version: version,
    Architecture,
    Maintainer: 'T <t@t>',
    ...rest,
    Description: name,
  };
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/share', name), { recursive: true });
  writeFileSync(join(tree, 'usr/share', name, 'version'), `${version}\n`);
  const text = Object.entries(control).map(([field, content]) => `${field}: ${content}\n`);
  writeFileSync(join(tree, 'DEBIAN/control'), text.join(''));
  const file = `${name}_${version.replace(/^\d+:/, '')}_${Architecture}.deb`;
  const epoch = { SOURCE_DATE_EPOCH: '1700000000' };
  sh('dpkg-deb', ['--root-owner-group', '--build', tree, join(directory, file)], epoch);
}
