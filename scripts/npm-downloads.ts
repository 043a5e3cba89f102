// Writes `downloads` of recipes/qubes-builder/recipe.yaml anew from package-lock.json. Run it when that changes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npmPackages } from './npm-lock.ts';

const lock = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const recipe = fileURLToPath(new URL('../recipes/qubes-builder/recipe.yaml', import.meta.url));
const HEADING = '      downloads:\n';

const lines: string[] = [];
for (const { file, url, integrity } of npmPackages(readFileSync(lock, 'utf8'))) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== integrity) throw new Error(`${url} is ${found}, and package-lock.json pins ${integrity}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  lines.push(
    `        - { name: ${file}, size: ${bytes.length}, sha256: ${sha256},\n            url: ${url} }\n`,
  );
}
const text = readFileSync(recipe, 'utf8');
const start = text.indexOf(HEADING);
if (start < 0) throw new Error('the recipe has no downloads');
writeFileSync(recipe, text.slice(0, start + HEADING.length) + lines.join(''));
