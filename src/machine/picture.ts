// Pictures of a machine's screen as pixels, and what is looked for in them. Pure.

/** Three bytes a pixel: red, green, blue; rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Reads a portable pixmap (PPM, `P6`) of 8 bits a sample, as QEMU writes it; undefined when it is another file. */
export function readPixmap(file: Buffer): Picture | undefined {
  const [header, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString('latin1', 0, 64)) ?? [];
  if (header === undefined) return undefined;
  const pixels = file.subarray(header.length);
  const picture = { width: Number(width), height: Number(height), pixels };
  return pixels.length === picture.width * picture.height * 3 ? picture : undefined;
}

/**
 * The frame of a window: a rectangle whose border has the colour (RRGGBB) on each side, exactly `thickness` pixels wide,
 * around something else. The topmost and leftmost one; a window that another one covers partly is none.
 */
export function findFrame(picture: Picture, colour: string, thickness: number): Rectangle | undefined {
  const { width, height } = picture;
  const is = (x: number, y: number) => isColour(picture, Number.parseInt(colour, 16), x, y);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // A corner, and not the middle of a side.
      if (!is(x, y) || is(x - 1, y) || is(x, y - 1)) continue;
      let right = x;
      while (is(right + 1, y)) right++;
      let bottom = y;
      while (is(x, bottom + 1)) bottom++;
      const found = { x, y, width: right - x + 1, height: bottom - y + 1 };
      const around = (depth: number) => sidesAt(found, depth, is);
      const border = Array.from({ length: thickness }, (_, depth) => around(depth));
      if (border.flat().every(Boolean) && !around(thickness).some(Boolean)) return found;
    }
  }
  return undefined;
}

/** Whether each of the four lines that lie so far within the rectangle has the colour from end to end. */
function sidesAt(
  { x, y, width, height }: Rectangle,
  depth: number,
  is: (x: number, y: number) => boolean,
): boolean[] {
  const [left, top, right, bottom] = [x + depth, y + depth, x + width - 1 - depth, y + height - 1 - depth];
  // So small a rectangle has nothing inside.
  if (left > right || top > bottom) return [false, true];
  const columns = Array.from({ length: right - left + 1 }, (_, at) => left + at);
  const rows = Array.from({ length: bottom - top + 1 }, (_, at) => top + at);
  return [
    ...[top, bottom].map((row) => columns.every((column) => is(column, row))),
    ...[left, right].map((column) => rows.every((row) => is(column, row))),
  ];
}

function isColour({ width, height, pixels }: Picture, colour: number, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  const at = (y * width + x) * 3;
  return (((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0)) === colour;
}
