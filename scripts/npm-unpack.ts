// Unpacks npm packages that are here as archives, without a network: npm-unpack.ts ARCHIVES.
// Each archive must be what package-lock.json pins.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmPackages } from './npm-lock.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [archives] = process.argv.slice(2);
if (archives === undefined) throw new Error('usage: npm-unpack.ts ARCHIVES');
for (const { place, file, integrity } of npmPackages(readFileSync(join(root, 'package-lock.json'), 'utf8'))) {
  const archive = join(archives, file);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${archive} is ${found}, and package-lock.json pins ${integrity}`);
  const target = join(root, place);
  mkdirSync(target, { recursive: true });
  // The archive's one top directory can have any name.
  const options = ['--strip-components=1', '--no-same-owner', '--directory', target, '--file', archive];
  execFileSync('tar', ['--extract', '--gzip', ...options], { stdio: 'inherit' });
}
