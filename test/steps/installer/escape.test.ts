// Hostile texts in installers: they arrive as they are, and never become script, variables or properties.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { msiText, nsisText, quoteArgument, tableField } from '../../../src/steps/installer/escape.ts';
import { buildHelper, buildMsi, buildObserver, buildSetup, makeFixture, scratch } from './fixture.ts';
import { startWine, type Wine } from './wine.ts';

/** Pieces that mean something to NSIS, Windows Installer, wixl, XML, Perl, shells or command lines. */
const PIECES = [
  ...[
    '$',
    '$$',
    '"',
    '$\\"',
    '\\',
    '`',
    "'",
    '$\\n',
    '$\\r',
    '\\n',
    ';',
    '#',
    '/*',
    '*/',
    '|',
    '&',
    '<',
    '>',
    '%',
  ],
  ...['${', '}', '{', '$(', ')', '$INSTDIR', '${NSISDIR}', '$%PATH%', '$0', '$\\t', '${U+41}', '$(TEXT_KEY)'],
  ...['[', ']', '[~]', '[INSTALLDIR]', '[\\[]', '[%PATH]', '[#file]', '#1', '##', '#x41', '#%'],
  ...[
    '&amp;',
    '&#36;',
    ']]>',
    '<!--',
    '$(var.DOLLAR)',
    '$(env.HOME)',
    '@{[1]}',
    '$(id)',
    '!system',
    '!define',
  ],
  ...['ü', '語', '😀', 'a', 'Z', '9', ' ', '  ', '.', '=', '-', '--', '%s', '%1'],
];

/** One line; begins with a letter, as the schema demands of texts that people see. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme-ascii', maxLength: 3 })), {
    maxLength: 12,
  })
  .map((pieces) => `x${pieces.join('').replaceAll(/\p{Cc}/gu, '')}`);

describe('escaped text', () => {
  test('for NSIS has no sign left that begins a variable or ends the string', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const rest = nsisText(text).replaceAll('${DOLLAR}', '').replaceAll('$\\"', '');
        expect(rest).not.toMatch(/[$"\r\n]/);
      }),
    );
  });

  test('for Windows Installer has no property left, and can be read back', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = msiText(text);
        expect(escaped.replaceAll(/\[\\.\]/g, '')).not.toMatch(/[[\]{}]/);
        expect(escaped.replaceAll(/\[\\(.)\]/g, '$1')).toBe(text);
      }),
    );
  });

  test('in a table stays one field of one record', () => {
    fc.assert(fc.property(fc.string(), (text) => !/[\t\r\n]/.test(tableField(text))));
  });

  test('as an argument is read back by the rules of CommandLineToArgvW', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        let read = '';
        let quoted = true;
        const line = `${quoteArgument(text)}"`;
        for (let at = 0; at < line.length; at++) {
          const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
          const next = line[at + slashes];
          read += '\\'.repeat(next === '"' ? Math.floor(slashes / 2) : slashes);
          at += slashes;
          if (next === '"' && slashes % 2 === 0) quoted = !quoted;
          else read += next ?? '';
        }
        expect([read, quoted]).toEqual([text, false]);
      }),
    );
  });
});

describe('hostile texts everywhere in a product', () => {
  const dir = scratch('hostile');
  const values = fc.sample(hostile, 60);
  const [title = '', service = '', description = '', feature = '', given = ''] = values;
  const registry = values.map((value, index) => ({
    key: 'Software\\Fixture\\Hostile',
    name: `v${index}`,
    value,
  }));
  const expected = registry.map(({ name, value }) => `${name}=${value}`).sort();
  const options = {
    title: title.replaceAll('\\', '').slice(0, 60),
    publisher: service.replaceAll('\\', '').slice(0, 60),
    definition: {
      features: [
        { id: 'core', title: feature.slice(0, 60), description: description.slice(0, 200), required: true },
        { id: 'tools', title: title.slice(0, 60) },
      ],
    },
    contribution: {
      registry,
      services: [
        {
          name: 'Hostile',
          title: service.slice(0, 100),
          description: description.slice(0, 300),
          program: 'bin/fixture-service.exe',
          arguments: given.slice(0, 200),
          start: 'demand',
        },
      ],
      shortcuts: [
        {
          name: 'Hostile',
          program: 'bin/fixture-service.exe',
          arguments: given.slice(0, 200),
          description: description.slice(0, 200),
        },
      ],
    },
  } as const;
  let observer: string;
  let setup: string;
  let msi: string;
  const machines: Wine[] = [];

  beforeAll(() => {
    observer = buildObserver(dir);
    const fixture = makeFixture(join(dir, 'product'), buildHelper(join(dir, 'helper')), options);
    mkdirSync(join(dir, 'downloads'));
    setup = join(dir, 'downloads/setup.exe');
    msi = join(dir, 'downloads/product.msi');
    copyFileSync(buildSetup(fixture, 'setup'), setup);
    copyFileSync(buildMsi(fixture, 'msi'), msi);
  });

  afterAll(() => {
    for (const machine of machines) machine.cutPower();
  });

  function check(wine: Wine, program: string): void {
    const lines = wine.run(observer, 'values', 'Software\\Fixture\\Hostile').split('\n');
    expect(lines.slice(0, -1).sort()).toEqual(expected);
    const key = 'System\\CurrentControlSet\\Services\\Hostile';
    const found = wine.run(observer, 'values', key).split('\n');
    const { title: name, description: told, arguments: words } = options.contribution.services[0];
    expect(found.filter((line) => /^(DisplayName|Description|ImagePath)=/.test(line)).sort()).toEqual([
      `Description=${told}`,
      `DisplayName=${name}`,
      `ImagePath=${program} ${words}`,
    ]);
    expect(wine.run(observer, 'values', `Software\\${options.publisher}\\${options.title}`)).toContain(
      'Version=1.0.0',
    );
  }

  test('arrive as they are through setup.exe', () => {
    const wine = startWine(join(dir, 'setup-machine'), observer);
    machines.push(wine);
    expect(wine.exitCode(setup, '/S')).toBe(0);
    check(wine, '"C:\\Program Files\\Fixture\\bin\\fixture-service.exe"');
  });

  test('arrive as they are through the MSI', () => {
    const wine = startWine(join(dir, 'msi-machine'), observer);
    machines.push(wine);
    const path = `Z:${msi.replaceAll('/', '\\')}`;
    expect(wine.exitCode('C:\\windows\\system32\\msiexec.exe', '/i', `"${path}"`, '/qn')).toBe(0);
    // Windows itself puts the quotes that Wine's Windows Installer leaves out.
    check(wine, 'C:\\Program Files\\Fixture\\bin\\fixture-service.exe');
  });
});
