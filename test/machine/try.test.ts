// Trials with a real QEMU and a guest of one boot sector: what is verified, kept and refused, and that nothing stays.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import { performTrial } from '../../src/machine/try.ts';
import type { Start, Step, Trial } from '../../src/steps/trial.ts';
import { bootSector } from './assembled.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-try-'));
  const disk = Buffer.alloc(2 ** 20);
  bootSector('talker.S').copy(disk);
  writeFileSync(join(dir, 'talker.img'), disk);
});
afterAll(() => rmSync(dir, { recursive: true }));

const asked: Step = { do: 'await', title: 'it asks', says: /word\? $/, seconds: 600 };
const off: Step = { do: 'end', title: 'it ends', seconds: 600 };
const type = (line: string): Step => ({ do: 'type', line });

function start(steps: readonly Step[], more: Partial<Start> = {}): Start {
  const attached = [{ volume: 'talker', bus: 'sata' }] as const;
  return { firmware: 'bios', memoryMiB: 32, attached, steps, ...more };
}

function trial(name: string, starts: readonly Start[], more: Partial<Trial> = {}): Trial {
  const volumes = { talker: { kind: 'published', file: 'disk', format: 'raw' } } as const;
  return { name, title: `it is tried (${name})`, quick: true, volumes, never: [], starts, ...more };
}

async function perform(tried: Trial, signal = new AbortController().signal) {
  const events: Event[] = [];
  const began = performance.now();
  const outcome = await performTrial(tried, {
    accelerator: { name: 'tcg', patience: 1, because: 'tests run anywhere' },
    published: { directory: dir, files: new Map([['disk', join(dir, 'talker.img')]]), templates: new Map() },
    dir: join(dir, 'kept', tried.name),
    emit: (event) => events.push(event),
    elapsed: () => Math.round(performance.now() - began),
    signal,
  });
  return { outcome, events };
}

/** QEMU's processes whose arguments have a text. */
function machines(text: string): string[] {
  const listed = execFileSync('ps', ['-eo', 'pid,args', '--no-headers']).toString().split('\n');
  return listed.filter((line) => line.includes('qemu-system-x86_64') && line.includes(text));
}

describe('a trial', () => {
  test('verifies what a guest says, takes a picture, and keeps the console', async () => {
    const greeted: Step = { do: 'await', title: 'it greets', says: /hello brave new world/, seconds: 600 };
    const steps = [
      asked,
      type('brave new world'),
      greeted,
      { do: 'picture', name: 'greeting' } as const,
      asked,
    ];
    const { outcome, events } = await perform(trial('talk', [start([...steps, type('off'), off])]));
    expect(outcome).toMatchObject({ ok: true, name: 'talk' });
    expect(outcome.verified.map(({ title }) => title)).toEqual([
      'it asks',
      'it greets',
      'it asks',
      'it ends',
    ]);
    expect(readFileSync(outcome.consoles[0] ?? '', 'utf8')).toMatch(
      /^\[ +\d+\.\d{3}\] word\? brave new world\n/,
    );
    const picture = readFileSync(outcome.pictures[0] ?? '');
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect(events.map(({ type }) => type)).toEqual([
      'trial',
      ...Array(4).fill(['trying', 'verified']).flat(),
      'trial',
    ]);
    expect(existsSync(join(dir, 'kept', 'talk', 'volumes'))).toBe(false);
  });

  test('finds on a disk what an earlier start left there', async () => {
    const attached = [
      { volume: 'talker', bus: 'sata' },
      { volume: 'disk', bus: 'sata' },
    ] as const;
    const found: Step = { do: 'await', title: 'it finds', says: /found/, seconds: 600 };
    const starts = [
      start([asked, type('keep'), asked, type('off'), off], { attached }),
      start([found, asked, type('off'), off], { attached }),
    ];
    const tried = trial('keep', starts);
    const volumes = { ...tried.volumes, disk: { kind: 'empty', mebibytes: 1 } } as const;
    const { outcome } = await perform({ ...tried, volumes });
    expect(outcome).toMatchObject({
      ok: true,
      consoles: [expect.stringMatching(/-1\.log$/), expect.stringMatching(/-2\.log$/)],
    });
  });

  // Only root may mount a small file system.
  test.runIf(process.getuid?.() === 0).each([
    ['its disk', 4096],
    ['its log', 0],
  ])('ends at once when there is no space for %s', async (_, left) => {
    const [kept, size] = [join(dir, 'kept'), 65_536];
    mkdirSync(kept, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'small-disk', kept]);
    try {
      writeFileSync(join(kept, 'filler'), Buffer.alloc(size - left));
      const attached = [
        { volume: 'talker', bus: 'sata' },
        { volume: 'disk', bus: 'sata' },
      ] as const;
      const tried = trial('full', [start([asked, type('keep'), asked, type('x'), asked], { attached })]);
      const volumes = { ...tried.volumes, disk: { kind: 'empty', mebibytes: 1 } } as const;
      const { outcome } = await perform({ ...tried, volumes });
      expect(outcome.failure).toMatchObject({
        code: 'trial/no-volumes',
        message: expect.stringContaining('there is no space for what the machine writes'),
        place: join(kept, 'full', 'console.log'),
        next: 'Make room there, or name another directory with `--logs`.',
      });
    } finally {
      execFileSync('umount', ['--lazy', kept]);
    }
  });

  test('presses the power button', async () => {
    const waits: Step = { do: 'await', title: 'it waits', says: /waiting/, seconds: 600 };
    const button: Step = { do: 'power-off', title: 'it ends', seconds: 600 };
    const { outcome } = await perform(trial('button', [start([asked, type('wait'), waits, button])]));
    expect(outcome).toMatchObject({ ok: true });
  });

  test('starts from UEFI', async () => {
    const shell: Step = {
      do: 'await',
      title: 'the firmware finds nothing to start',
      says: /UEFI|BdsDxe/,
      seconds: 900,
    };
    const { outcome } = await perform(trial('uefi', [start([shell], { firmware: 'uefi', memoryMiB: 128 })]));
    expect(outcome).toMatchObject({ ok: true });
  });

  test.each<[string, Step, Partial<Trial>, string]>([
    [
      'not-said',
      { do: 'await', title: 'it sings', says: /la la/, seconds: 0.5 },
      {},
      'the console did not say /la la/ in time',
    ],
    [
      'not-shown',
      {
        ...{ do: 'frame', title: 'it shows a window', name: 'window', seconds: 0.5 },
        ...{ colour: 'edd400', thickness: 4 },
      } as Step,
      {},
      'the screen did not show a border of edd400 in time',
    ],
    ['not-ended', { ...off, seconds: 0.5 } as Step, {}, 'the machine is still on'],
    ['lost', off, { never: [/word/] }, 'the console said `word`'],
  ])(
    'fails with trial/%s, with the end of the console and a last picture',
    async (code, step, more, what) => {
      const { outcome, events } = await perform(trial(code, [start([asked, step])], more));
      expect(outcome.failure).toMatchObject({
        code: `trial/${code}`,
        message: `The trial ${code} failed while it waited until ${(step as { title: string }).title}: ${what}.`,
        place: outcome.consoles[0],
        cause: expect.stringMatching(/word\?$/),
      });
      expect(outcome.pictures).toEqual([expect.stringMatching(/console-failed\.png$/)]);
      expect(events.at(-1)).toMatchObject({
        type: 'trial',
        state: 'end',
        failure: { code: `trial/${code}` },
      });
    },
  );

  test('fails when the machine ends before it should', async () => {
    const sings: Step = { do: 'await', title: 'it sings', says: /la la/, seconds: 600 };
    const { outcome } = await perform(trial('early', [start([asked, type('off'), sings])]));
    expect(outcome.failure).toMatchObject({ code: 'trial/ended-early' });
    expect(outcome.pictures).toEqual([]);
  });

  test('names what was not published', async () => {
    const volumes = { talker: { kind: 'published', file: 'medium', format: 'raw' } } as const;
    const { outcome } = await perform(trial('unpublished', [start([asked])], { volumes }));
    expect(outcome.failure).toMatchObject({ code: 'trial/not-published', cause: 'Published: disk.' });
  });

  test('says why QEMU itself ended', async () => {
    writeFileSync(join(dir, 'broken.img'), 'no qcow2');
    const volumes = { talker: { kind: 'published', file: 'disk', format: 'qcow2' } } as const;
    const { outcome } = await perform(trial('broken', [start([asked])], { volumes }));
    expect(outcome.failure).toMatchObject({
      code: 'trial/ended-early',
      cause: expect.stringContaining('not in qcow2 format'),
    });
  });
});

describe('machines', () => {
  const sings: Step = { do: 'await', title: 'it sings', says: /la la/, seconds: 600 };

  test('end when the run is interrupted', async () => {
    const controller = new AbortController();
    const running = perform(trial('interrupted', [start([asked, sings])]), controller.signal);
    await untilThere(() => machines(dir).length > 0);
    controller.abort();
    expect((await running).outcome.failure).toMatchObject({ code: 'interrupted/cancelled' });
    expect(machines(dir)).toEqual([]);
  });

  test('end when whoever started them is killed', async () => {
    const script = `
      import { startMachine } from '${new URL('../../src/machine/machine.ts', import.meta.url)}';
      const source = { kind: 'image', path: '${join(dir, 'talker.img')}', format: 'raw', discards: true };
      const description = { accelerator: 'tcg', memoryMiB: 32, drives: [{ bus: 'sata', source }] };
      await startMachine(description, '${join(dir, 'orphan.log')}', new AbortController().signal);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
    await untilThere(() => machines(dir).length > 0);
    child.kill('SIGKILL');
    await untilThere(() => machines(dir).length === 0);
  });
});

async function untilThere(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(50);
}
