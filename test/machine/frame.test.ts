// Waiting until the screen shows a window: pictures come from a monitor that the test plays.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { SerialConsole } from '../../src/machine/console.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { assertStep } from '../../src/machine/steps.ts';

const dir = mkdtempSync(join(tmpdir(), 'qbuild-frame-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Ten by ten pixels of one colour, with something black in the middle. */
function pixmap(colour: readonly number[]): Buffer {
  const pixels = Array.from({ length: 100 }, (_, at) => {
    const [x, y] = [at % 10, Math.floor(at / 10)];
    return Math.min(x, y, 9 - x, 9 - y) < 2 ? colour : [0, 0, 0];
  });
  return Buffer.concat([Buffer.from('P6\n10 10\n255\n'), Buffer.from(pixels.flat())]);
}

/** Waits for a yellow border; each picture is the next one, the last one stays. */
async function look(pictures: readonly (Buffer | string)[], limitMs: number, said = '') {
  const left = [...pictures];
  const stream = new PassThrough();
  const console = new SerialConsole(stream, { log: () => {} });
  stream.write(said);
  const monitor = {
    async screenshot(file: string, format = 'png') {
      const next = (left.length > 1 ? left.shift() : left[0]) ?? '';
      if (typeof next === 'string') return next;
      writeFileSync(file, format === 'ppm' ? next : 'a picture');
      return undefined;
    },
  };
  const album = { dir, pictures: [] as string[] };
  const step = { do: 'frame', title: 'it shows', name: 'shown', seconds: 1 } as const;
  const limits = { limitMs, signal: new AbortController().signal, never: [/panic/] };
  const machine = { console, monitor } as unknown as Machine;
  const mishap = await assertStep({ ...step, colour: 'edd400', thickness: 2 }, machine, limits, album);
  return { mishap, album };
}

const YELLOW = pixmap([0xed, 0xd4, 0]);
const RED = pixmap([0xcc, 0, 0]);

test('a border that comes is seen, and its picture kept', async () => {
  const { mishap, album } = await look([RED, YELLOW], 60_000);
  expect(mishap).toBeUndefined();
  expect(album.pictures).toEqual([join(dir, 'shown.png')]);
  expect(existsSync(join(dir, 'shown.png'))).toBe(true);
  expect(readdirSync(dir)).toEqual(['shown.png']);
});

test('a border of another colour is not waited for beyond the limit', async () => {
  const { mishap, album } = await look([RED], 10);
  expect(mishap).toEqual({
    code: 'trial/not-shown',
    what: 'the screen did not show a border of edd400 in time',
  });
  expect(album.pictures).toEqual([]);
});

test('nothing is waited for when all is lost', async () => {
  expect((await look([RED], 60_000, 'panic\n')).mishap).toEqual({
    code: 'trial/lost',
    what: 'the console said `panic`',
  });
});

test('a screen without a picture is told', async () => {
  expect((await look(['no screen'], 60_000)).mishap).toMatchObject({ code: 'trial/no-picture' });
  expect((await look([Buffer.from('PNG')], 60_000)).mishap).toMatchObject({ code: 'trial/no-picture' });
});
