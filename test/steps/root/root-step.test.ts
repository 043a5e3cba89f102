// The root step: which packages a layer is made of, from which root, and that nothing else decides its key.
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/base/canonical.ts';
import { digestOf, makeDigest, sha256Hex } from '../../../src/base/digest.ts';
import { layerOf, type PinnedPackage, rootAction } from '../../../src/steps/root/index.ts';

const packages: readonly PinnedPackage[] = ['dash', 'bash', 'libc6'].map((name) => ({
  name,
  version: '1:2.0~rc1+b1',
  architecture: 'amd64',
  digest: digestOf(name),
}));

describe('a root action', () => {
  test('without lower layers makes the first one with the tools of the host', () => {
    const action = rootAction('root:d:base', 'make base', [], packages, 12);
    expect(action).toMatchObject({
      root: [],
      privilege: 'first-root',
      outputs: { layer: 'layer' },
      env: { SOURCE_DATE_EPOCH: '12', QBUILD_ROOT: '/out/layer' },
    });
  });

  test('with lower layers adds to the root that they form', () => {
    const lower = [layerOf('root:d:base')];
    const action = rootAction('root:d:more', 'make more', lower, packages, 12);
    expect(action.root).toEqual([{ from: 'output', action: 'root:d:base', output: 'layer' }]);
    expect(action.env.QBUILD_ROOT).toBe('/');
    expect(action.privilege).toBe('configure');
  });

  test('mounts each package by name, version and architecture, with the digest that the lock has', () => {
    const { script, ...archives } = rootAction('r', 'r', [], packages, 0).inputs;
    expect(archives).toEqual({
      'packages/bash_1:2.0~rc1+b1_amd64.deb': { from: 'blob', digest: digestOf('bash') },
      'packages/dash_1:2.0~rc1+b1_amd64.deb': { from: 'blob', digest: digestOf('dash') },
      'packages/libc6_1:2.0~rc1+b1_amd64.deb': { from: 'blob', digest: digestOf('libc6') },
    });
    expect(script).toMatchObject({ from: 'text', text: expect.stringMatching(/^#!\/bin\/bash\n/) });
  });

  test('is expected to take longer the more packages it has, and the larger they are', () => {
    const expected = (...of: PinnedPackage[]) => rootAction('r', 'r', [], of, 0).expectedMs ?? 0;
    const [small = expect.fail()] = packages;
    const large = { ...small, digest: makeDigest(sha256Hex('large'), 20_000_000) };
    expect(expected(small)).toBeCloseTo(50);
    expect(expected(small, small)).toBeCloseTo(100);
    expect(expected(large)).toBeCloseTo(1050);
  });

  test('does not depend on the order in which packages are listed', () => {
    const texts = [packages, packages.toReversed()].map((each) =>
      canonicalJson(rootAction('r', 'r', [], each, 0) as unknown as Record<string, never>),
    );
    expect(texts[0]).toBe(texts[1]);
  });
});
