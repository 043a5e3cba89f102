// The tiny product in one store: edits, looking into actions, broken components and packages, interruptions, damage.
// One file, so that its roots are made once; each subject is in a module of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archives } from './tiny/archives.ts';
import { brokenComponents } from './tiny/broken-components.ts';
import { brokenPackages } from './tiny/broken-packages.ts';
import { damage } from './tiny/damage.ts';
import { edits } from './tiny/edits.ts';
import { hosts } from './tiny/hosts.ts';
import { interruptions } from './tiny/interruptions.ts';
import { looking } from './tiny/looking.ts';
import { networks } from './tiny/networks.ts';
import { ordinaryUser } from './tiny/ordinary-user.ts';
import { publishing } from './tiny/publishing.ts';
import { unchanged } from './tiny/unchanged.ts';
import { tinyWorkspace } from './tiny.ts';
import { Workbench } from './workbench.ts';

const first = new Workbench();

beforeAll(async () => {
  const { result } = await tinyWorkspace(first).product('tiny', '--only', 'hello');
  expect(result.failure).toBeUndefined();
});
afterAll(() => first.remove());

/** A workspace of its own over the store that has the roots; nothing of its components was ever built. */
function fresh(): Workbench {
  return tinyWorkspace(new Workbench({ like: first }));
}

edits(fresh);
looking(fresh);
brokenComponents(fresh);
brokenPackages(fresh);
interruptions(fresh);
damage(fresh);
networks(fresh);
archives(fresh);
hosts(fresh);
publishing(fresh);
unchanged(fresh);
ordinaryUser(fresh);

test('what all these tests left in the store is sound', async () => {
  const { exitCode, stdout } = await first.run(['cache', 'verify']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^damaged +0$/m);
});
