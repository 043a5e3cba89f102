// Packages of the distribution that are at fault: what failures say, and that nothing is left of them in the store.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { Archive, makeKey } from '../../source/fixture/archive.ts';
import type { Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'lonely'] as const;

// The first root has no mount(8); 165 is mount(2) on amd64.
const MOUNTING =
  '#!/usr/bin/perl\nmy @what = ("none", "/tmp", "tmpfs");\nsyscall(165, @what, 0, 0) == 0 or die "mount: $!\\n";\n';

interface LockedRoot {
  readonly on?: string;
  readonly requests: string[];
  readonly packages: string[];
}

export function brokenPackages(fresh: () => Workbench): void {
  let archive: Archive;
  beforeAll(() => {
    archive = new Archive(makeKey('Quarry'))
      .add('stone-first', '1.0', {}, { preinst: '#!/bin/sh\necho no quarry >&2\nexit 4\n' })
      .add('stone-last', '1.0', {}, { postinst: '#!/bin/sh\necho lifting\necho too heavy >&2\nexit 3\n' })
      .add('stone-killed', '1.0', {}, { postinst: '#!/bin/sh\nkill -9 $$\n' })
      .add('stone-far', '1.0', {}, { postinst: '#!/bin/bash\nexec 3<>/dev/tcp/deb.debian.org/80\n' })
      .add('stone-mounting', '1.0', {}, { postinst: MOUNTING })
      .add('stone-torn', '1.0')
      .cut('stone-torn_1.0_amd64.deb')
      .add('stone-swapped', '1.0');
  });

  const fileOf = (name: string) => join(archive.dir, `pool/${name}_1.0_amd64.deb`);

  /** Adds a package to a workspace's lock, as if the distribution had it, and `use` of it in the roots. */
  function lock(
    bench: Workbench,
    name: string,
    use: (roots: Record<string, LockedRoot>, key: string) => void,
  ) {
    const bytes = readFileSync(fileOf(name));
    const key = `${name}=1.0:amd64`;
    bench.edit('qbuild.lock', (text) => {
      const lock = JSON.parse(text);
      const { packages, roots } = lock.distributions['debian-12'];
      packages[key] = { origin: `file://${fileOf(name)}`, sha256: sha256Hex(bytes), size: bytes.length };
      use(roots, key);
      return JSON.stringify(lock);
    });
  }

  /** A workspace whose component `lonely` wants a package that its lock has. */
  function wanting(name: string): Workbench {
    const bench = fresh();
    lock(bench, name, (roots, key) => {
      roots[`windows-build:${name}`] = { on: 'windows-build', requests: [name], packages: [key] };
    });
    bench.edit('recipes/lonely/recipe.yaml', (text) => `${text}    buildDepends: [${name}]\n`);
    return bench;
  }

  /** Finished work in the store, and work under way. */
  function held(bench: Workbench): string[] {
    const files = (folder: string) => readdirSync(join(bench.store, folder), { recursive: true }).map(String);
    return [...files('results'), ...readdirSync(join(bench.store, 'staging'))];
  }

  /** Runs, and requires that the run fails and leaves nothing; packages stay out of the pool that others share. */
  async function refused(bench: Workbench) {
    const before = held(bench);
    const { result, exitCode } = await bench.productWith(
      { QBUILD_PACKAGES: join(bench.dir, 'packages') },
      ...only,
      '--locked',
    );
    expect(held(bench)).toEqual(before);
    expect(exitCode).toBe(EXIT_CODE[(result.failure?.code.split('/')[0] ?? '') as 'root']);
    bench.remove();
    return result.failure ?? expect.fail();
  }

  describe('a package of the distribution', () => {
    test.each([
      ['stone-first', 'The preinst script of stone-first ended with exit status 4: no quarry'],
      ['stone-last', 'The postinst script of stone-last ended with exit status 3: lifting; too heavy'],
      ['stone-killed', 'The postinst script of stone-killed ended with signal (Killed)'],
    ])('whose script fails is named with it and what it said: %s', async (name, cause) => {
      const failure = await refused(wanting(name));
      expect(failure).toMatchObject({
        code: 'root/maintainer-script',
        place: `root:debian-12:windows-build:${name}`,
        cause,
      });
      expect(failure.next).toContain('Maintainer scripts run without network and without services.');
      expect(failure.next).toContain('`qbuild lock --update`');
      expect(failure.next).toContain(`\`qbuild shell ${failure.place}\``);
    });

    test('whose script mounts has no right to, in the first root or above it', async () => {
      const first = fresh();
      lock(first, 'stone-mounting', ({ base }, key) => base?.packages.push(key));
      for (const [bench, place] of [
        [first, 'root:debian-12:base'],
        [wanting('stone-mounting'), 'root:debian-12:windows-build:stone-mounting'],
      ] as const) {
        expect(await refused(bench)).toMatchObject({
          code: 'root/maintainer-script',
          place,
          cause: expect.stringMatching(
            /^The postinst script of stone-mounting ended with exit status 1: mount: Operation not permitted$/,
          ),
        });
      }
    });

    test('whose script wants the network is told that there is none', async () => {
      const failure = await refused(wanting('stone-far'));
      expect(failure).toMatchObject({
        code: 'root/maintainer-script',
        cause: expect.stringContaining('stone-far ended with exit status 1: '),
        next: expect.stringContaining('Actions have no network'),
      });
    });

    test('that ends too early, as its archive has it, is named with what tar says', async () => {
      expect(await refused(wanting('stone-torn'))).toMatchObject({
        code: 'root/corrupt-package',
        place: 'root:debian-12:windows-build:stone-torn',
        cause: expect.stringMatching(
          /^The package stone-torn_1\.0_amd64\.deb cannot be unpacked: tar: Unexpected EOF in archive/,
        ),
        next: expect.stringContaining('`qbuild lock --update`'),
      });
    });

    test('that has other bytes than the lock says is not unpacked at all', async () => {
      const file = fileOf('stone-swapped');
      const bench = wanting('stone-swapped');
      const bytes = readFileSync(file);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(file, bytes);
      expect(await refused(bench)).toMatchObject({
        code: 'source/digest-mismatch',
        message: expect.stringContaining('stone-swapped'),
        place: `file://${file}`,
      });
    });
  });
}
