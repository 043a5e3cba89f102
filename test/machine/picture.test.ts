// Windows are found in pictures by their borders, and nothing else is taken for one.
import { describe, expect, test } from 'vitest';
import { findFrame, type Picture, type Rectangle, readPixmap } from '../../src/machine/picture.ts';

const YELLOW = 0xedd400;

/** A black screen of 40 by 30 with rectangles, each painted over the ones before. */
type Painted = Rectangle & { readonly colour: number };

function screen(...painted: readonly Painted[]): Picture {
  const [width, height] = [40, 30];
  const pixels = new Uint8Array(width * height * 3);
  for (const { x, y, width: columns, height: rows, colour } of painted)
    for (let row = y; row < y + rows; row++)
      for (let column = x; column < x + columns; column++)
        pixels.set([colour >> 16, (colour >> 8) & 0xff, colour & 0xff], (row * width + column) * 3);
  return { width, height, pixels };
}

const at = (x: number, y: number, width: number, height: number, colour: number) => ({
  ...{ x, y, width, height },
  colour,
});
const found = (...painted: readonly Painted[]) => findFrame(screen(...painted), 'edd400', 4);

describe('a frame', () => {
  test('is found where a border of that colour and width goes around something else', () => {
    const border = at(5, 3, 20, 16, YELLOW);
    expect(found(border, at(9, 7, 12, 8, 0xffffff))).toEqual({ x: 5, y: 3, width: 20, height: 16 });
    // At the edges of the screen, and with the colour inside as well.
    expect(found(at(0, 0, 40, 30, YELLOW), at(4, 4, 32, 22, 0), at(10, 10, 3, 3, YELLOW))).toEqual({
      ...{ x: 0, y: 0 },
      ...{ width: 40, height: 30 },
    });
  });

  test('is found beside something of the same colour that is none', () => {
    const border = at(5, 10, 20, 16, YELLOW);
    expect(found(at(1, 1, 30, 3, YELLOW), border, at(9, 14, 12, 8, 0xffffff))).toMatchObject({ x: 5, y: 10 });
  });

  test.each<[string, readonly Painted[]]>([
    ['an empty screen', []],
    ['an area', [at(5, 3, 20, 16, YELLOW)]],
    ['another colour', [at(5, 3, 20, 16, 0xedd401), at(9, 7, 12, 8, 0)]],
    ['a thinner border', [at(5, 3, 20, 16, YELLOW), at(8, 6, 14, 10, 0)]],
    ['a thicker border', [at(5, 3, 20, 16, YELLOW), at(10, 8, 10, 6, 0)]],
    ['a border with a gap', [at(5, 3, 20, 16, YELLOW), at(9, 7, 12, 8, 0), at(22, 10, 1, 1, 0)]],
    ['a border that lacks its corner', [at(5, 3, 20, 16, YELLOW), at(9, 7, 12, 8, 0), at(24, 18, 1, 1, 0)]],
    ['a border without a side', [at(5, 3, 20, 16, YELLOW), at(9, 7, 30, 8, 0)]],
    ['a border with one thicker side', [at(5, 3, 20, 16, YELLOW), at(10, 7, 11, 8, 0)]],
    ['a border around nothing', [at(5, 3, 8, 8, YELLOW)]],
  ])('is not taken for one: %s', (_, painted) => {
    expect(found(...painted)).toBeUndefined();
  });
});

describe('a pixmap', () => {
  const six = Buffer.from([1, 2, 3, 4, 5, 6]);

  test('is read as QEMU writes it', () => {
    const picture = readPixmap(Buffer.concat([Buffer.from('P6\n2 1\n255\n'), six]));
    expect(picture).toMatchObject({ width: 2, height: 1 });
    expect([...(picture?.pixels ?? [])]).toEqual([...six]);
  });

  test.each(['P5\n2 1\n255\n', 'P6\n2 1\n65535\n', 'P6\n3 1\n255\n', '', '\x89PNG\n'])(
    'is no %j',
    (header) => {
      expect(readPixmap(Buffer.concat([Buffer.from(header, 'latin1'), six]))).toBeUndefined();
    },
  );
});
