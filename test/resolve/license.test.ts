// Which side of a licence expression a product takes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLicense, type Licensing } from '../../src/resolve/license.ts';

const DUAL = 'GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial';

describe('the licence of a component', () => {
  it.each<[Licensing, string, string]>([
    ['commercial', DUAL, 'LicenseRef-Odyssey-Commercial'],
    ['gpl', DUAL, 'GPL-2.0-or-later'],
    ['gpl', 'LicenseRef-Odyssey-Commercial OR GPL-2.0-or-later', 'GPL-2.0-or-later'],
    ['commercial', 'GPL-2.0-or-later', 'GPL-2.0-or-later'],
    ['commercial', 'LicenseRef-Odyssey-Commercial', 'LicenseRef-Odyssey-Commercial'],
    ['commercial', 'MIT OR Apache-2.0', 'MIT'],
    ['gpl', `MIT AND (${DUAL})`, 'MIT AND GPL-2.0-or-later'],
    ['commercial', `(${DUAL}) AND MIT`, 'LicenseRef-Odyssey-Commercial AND MIT'],
    ['gpl', 'GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
    ['gpl', 'LGPL-2.1+', 'LGPL-2.1+'],
    [
      'commercial',
      'GPL-2.0-only OR (DocumentRef-a:LicenseRef-b AND MIT)',
      'DocumentRef-a:LicenseRef-b AND MIT',
    ],
  ])('for a %s product out of `%s` is `%s`', (licensing, expression, license) => {
    expect(chooseLicense(expression, licensing)).toEqual({ license });
  });

  it.each(['LicenseRef-Odyssey-Commercial', 'MIT AND LicenseRef-Odyssey-Commercial'])(
    'cannot be `%s` in a free product',
    (expression) => {
      expect(chooseLicense(expression, 'gpl')).toEqual({ problem: 'forbidden' });
    },
  );

  it.each(['GPL-9', 'MIT OR', 'MIT; rm -rf', '(MIT'])('cannot be `%s`, which is malformed', (expression) => {
    expect(chooseLicense(expression, 'gpl')).toMatchObject({ problem: 'malformed' });
  });

  it('in a free product never holds a part that is not free, whatever the expression', () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('MIT', 'GPL-2.0-or-later', 'LicenseRef-A', 'LicenseRef-B'),
        fc
          .tuple(tie('expression'), fc.constantFrom('AND', 'OR'), tie('expression'))
          .map(([left, joint, right]) => `(${left} ${joint} ${right})`),
      ),
    }));
    /** True when some choice of alternatives has no vendor's licence. */
    const hasFreeSide = (text: string): boolean => {
      const truth = text
        .replace(/LicenseRef-[AB]/g, 'false')
        .replace(/MIT|GPL-2\.0-or-later/g, 'true')
        .replaceAll('AND', '&&')
        .replaceAll('OR', '||');
      return new Function(`return ${truth}`)();
    };
    fc.assert(
      fc.property(expression, (text) => {
        const choice = chooseLicense(text, 'gpl');
        expect('license' in choice).toBe(hasFreeSide(text));
        if ('license' in choice) expect(choice.license).not.toContain('LicenseRef');
        expect(chooseLicense(text, 'commercial')).toHaveProperty('license');
      }),
    );
  });
});
