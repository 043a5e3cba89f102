// The extension's script with the real native host: what a person chooses in an attachment's menu reaches a disposable.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../recipes/qubes-app-thunderbird/source');
const directory = mkdtempSync(join(tmpdir(), 'qbuild-thunderbird-'));
const got = join(directory, 'got');

interface Attachment {
  readonly name: string;
  readonly partName: string;
}
type Listener = (value: never) => void;

/** What Thunderbird offers an extension, as far as this one uses it; hosts are real processes. */
class Thunderbird {
  readonly menus: string[] = [];
  readonly told: string[] = [];
  click: (info: { menuItemId: string; attachments: Attachment[] }, tab: { id: number }) => Promise<void> =
    async () => {};

  constructor(files: Record<string, Blob>) {
    const messenger = {
      menus: {
        create: ({ id }: { id: string }) => this.menus.push(id),
        onClicked: {
          addListener: (click: typeof this.click) => {
            this.click = click;
          },
        },
      },
      messageDisplay: { getDisplayedMessages: async () => ({ messages: [{ id: 7 }] }) },
      messages: { getAttachmentFile: async (message: number, part: string) => files[`${message}/${part}`] },
      notifications: { create: async ({ message }: { message: string }) => this.told.push(message) },
      runtime: { connectNative: (name: string) => connect(name) },
    };
    const script = readFileSync(join(SOURCE, 'extension/background.js'), 'utf8');
    runInNewContext(script, { messenger, btoa, Uint8Array, Error, console });
  }
}

/** A port as Thunderbird makes it: the host that the manifest names, and messages with their length before them. */
function connect(name: string) {
  const manifest = JSON.parse(readFileSync(join(SOURCE, `share/${name}.json`), 'utf8'));
  expect(manifest.path).toBe('/usr/lib/qubes/attachment-host');
  const host = spawn(join(directory, 'attachment-host'), {
    env: { ...process.env, PATH: `${directory}/bin:${process.env.PATH}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  host.stdin.on('error', () => {}); // a host that ended early
  const listeners: { message: Listener[]; end: Listener[] } = { message: [], end: [] };
  let received = Buffer.alloc(0);
  host.stdout.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
      const end = 4 + received.readUInt32LE(0);
      const message = JSON.parse(received.toString('utf8', 4, end));
      received = received.subarray(end);
      for (const listener of listeners.message) listener(message as never);
    }
  });
  host.on('close', () => {
    for (const listener of listeners.end) listener({} as never);
  });
  return {
    onMessage: { addListener: (listener: Listener) => listeners.message.push(listener) },
    onDisconnect: { addListener: (listener: Listener) => listeners.end.push(listener) },
    postMessage: (message: unknown) => {
      const text = Buffer.from(JSON.stringify(message));
      const size = Buffer.alloc(4);
      size.writeUInt32LE(text.length);
      host.stdin.write(Buffer.concat([size, text]));
    },
  };
}

/** The disposable: what qrexec carries is kept, or refused. */
function disposable(script: string): void {
  const program = join(directory, 'bin/qrexec-client-vm');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
}

beforeAll(() => {
  execFileSync('make', ['-C', SOURCE, `BUILD=${directory}`, join(directory, 'attachment-host')]);
  mkdirSync(join(directory, 'bin'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('an attachment of several pieces is opened in a disposable, and nothing is told when that went well', async () => {
  disposable(`cat >${got}`);
  const bytes = Uint8Array.from({ length: 1_000_001 }, (_, at) => (at * 7919) % 251);
  const thunderbird = new Thunderbird({ '7/1.2': new Blob([bytes]) });
  expect(thunderbird.menus).toEqual(['open', 'view']);
  const attachments = [{ name: '../résumé.pdf', partName: '1.2' }];
  await thunderbird.click({ menuItemId: 'view', attachments }, { id: 1 });
  expect(thunderbird.told).toEqual([]);
  const document = readFileSync(got);
  expect(document.toString('latin1', 0, 256).replace(/\0+$/, '')).toBe('view-only-_._r__sum__.pdf');
  expect(document.subarray(256).equals(bytes)).toBe(true);
});

test('each attachment that is not opened is told with its reason', async () => {
  rmSync(got, { force: true });
  disposable('exit 126');
  const thunderbird = new Thunderbird({ '7/1': new Blob(['a']), '7/2': new Blob([new Uint8Array(900_000)]) });
  const attachments = ['1', '2'].map((partName) => ({ name: `${partName}.txt`, partName }));
  await thunderbird.click({ menuItemId: 'open', attachments }, { id: 1 });
  expect(thunderbird.told.sort()).toEqual([
    '1.txt: the policy refused the call',
    '2.txt: the policy refused the call',
  ]);
  expect(existsSync(got)).toBe(false);
});
