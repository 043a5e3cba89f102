// The canonical listing: exact bytes, reading back, differences.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodeUnits } from '../../src/base/canonical.ts';
import {
  type Entry,
  type Listing,
  listingDifferences,
  listingText,
  parseListing,
} from '../../src/store/listing.ts';

const entry = fc.record(
  {
    path: fc.string({ minLength: 1, unit: 'grapheme' }),
    type: fc.constantFrom('file', 'directory', 'symlink', 'whiteout'),
    mode: fc.constantFrom('0644', '0755', '4755'),
    size: fc.nat(),
    target: fc.string({ unit: 'binary' }),
  },
  { requiredKeys: ['path', 'type'] },
) as fc.Arbitrary<Entry>;

const listing: fc.Arbitrary<Listing> = fc.record({
  kind: fc.constantFrom('tree', 'layer'),
  epoch: fc.nat(),
  entries: fc
    .uniqueArray(entry, { selector: ({ path }) => path })
    .map((entries) => entries.sort((a, b) => compareCodeUnits(a.path, b.path))),
});

describe('a listing', () => {
  it('is exactly these bytes', () => {
    const text = listingText({
      kind: 'tree',
      epoch: 5,
      entries: [
        { path: 'a', type: 'directory', mode: '0755' },
        { path: 'a/"\n', type: 'file', mode: '0644', size: 0, sha256: 'e3' },
      ],
    });
    expect(text).toBe(
      '{"epoch":5,"format":1,"kind":"tree"}\n' +
        '{"mode":"0755","path":"a","type":"directory"}\n' +
        '{"mode":"0644","path":"a/\\"\\n","sha256":"e3","size":0,"type":"file"}\n',
    );
  });

  it('reads back as it was, with any names', () => {
    fc.assert(
      fc.property(listing, (drawn) => {
        expect(parseListing(listingText(drawn))).toEqual(drawn);
      }),
    );
  });

  it('differs from another in exactly the paths that differ', () => {
    fc.assert(
      fc.property(listing, listing, (before, after) => {
        const changes = new Map(listingDifferences(before, after).map(({ path, change }) => [path, change]));
        const find = ({ entries }: Listing, path: string) => entries.find((each) => each.path === path);
        for (const { path } of [...before.entries, ...after.entries]) {
          const [left, right] = [find(before, path), find(after, path)];
          const same = JSON.stringify(parseable(left)) === JSON.stringify(parseable(right));
          const expected = !left ? 'added' : !right ? 'removed' : same ? undefined : 'altered';
          expect(changes.get(path)).toBe(expected);
        }
      }),
    );
  });

  it('is not read from anything else', () => {
    for (const text of ['', '{', '{"format":2}\n', '[]', 'null\n'])
      expect(parseListing(text)).toBeUndefined();
  });
});

/** Members in a fixed order. */
function parseable(each: Entry | undefined) {
  return each === undefined ? undefined : Object.entries(each).sort(([a], [b]) => compareCodeUnits(a, b));
}
