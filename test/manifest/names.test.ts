// Nearest names: distances and suggestions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName, suggestName } from '../../src/manifest/names.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 9 });

/** The textbook recursion, to compare with. */
function slowDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(0, -1), b.slice(0, -1)];
  const edits = [
    slowDistance(restA, b) + 1,
    slowDistance(a, restB) + 1,
    slowDistance(restA, restB) + (a.at(-1) === b.at(-1) ? 0 : 1),
  ];
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) {
    edits.push(slowDistance(a.slice(0, -2), b.slice(0, -2)) + 1);
  }
  return Math.min(...edits);
}

describe('edit distance', () => {
  it('counts insertions, deletions, substitutions and swaps of neighbours as one', () => {
    expect(editDistance('core-admin', 'core-amdin')).toBe(1);
    expect(editDistance('vchan', 'vchans')).toBe(1);
    expect(editDistance('gui-daemon', 'gui-demon')).toBe(1);
    expect(editDistance('abc', 'axc')).toBe(1);
    expect(editDistance('abc', '')).toBe(3);
  });

  it('is what the recursive definition says', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
    fc.assert(fc.property(short, short, (a, b) => editDistance(a, b) === slowDistance(a, b)));
  });

  it('with a limit says the same up to the limit, and more than the limit beyond', () => {
    fc.assert(
      fc.property(word, word, fc.nat({ max: 9 }), (a, b, limit) => {
        const exact = editDistance(a, b);
        const limited = editDistance(a, b, limit);
        return exact <= limit ? limited === exact : limited > limit;
      }),
    );
  });
});

describe('the nearest name', () => {
  it('is a name that is one edit away, whatever else there is', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(name, fc.array(name), fc.nat(), (right, others, at) => {
        const cut = at % right.length;
        const typed = right.slice(0, cut) + right.slice(cut + 1);
        const nearest = nearestName(typed, [...others, right]);
        return nearest !== undefined && editDistance(typed, nearest) <= 1;
      }),
    );
  });

  it('does not depend on the order of candidates', () => {
    fc.assert(
      fc.property(word, fc.array(word), (name, candidates) => {
        return nearestName(name, candidates) === nearestName(name, candidates.toReversed());
      }),
    );
  });

  it('is none when all are far', () => {
    expect(nearestName('hypervisor', ['xen', 'kvm'])).toBeUndefined();
  });
});

describe('a suggestion', () => {
  it('names the nearest', () => {
    expect(suggestName('hyprev', ['xen', 'hyperv'])).toBe('Did you mean `hyperv`?');
  });

  it('lists what is valid when nothing is near', () => {
    expect(suggestName('qemu', ['xen', 'kvm'])).toBe('Valid here: `xen`, `kvm`.');
  });

  it('says nothing about long lists and empty ones', () => {
    expect(suggestName('zzzzzz', [])).toBeUndefined();
    expect(
      suggestName(
        'zzzzzz',
        Array.from({ length: 25 }, (_, index) => `name-${index}`),
      ),
    ).toBeUndefined();
  });
});
