// How hard the parts of an ISO are compressed: fast while developing, small for a release.

export type Compression = 'development' | 'release';

export interface Levels {
  /** mksquashfs's options. */
  readonly squashfs: string;
  /** zstd's level for disk images. */
  readonly images: number;
  /** zstd's level for the initramfs, which is made by one thread. */
  readonly initramfs: number;
}

/**
 * Measured on one system of a minimal guest, in CPU seconds and MB: zstd-3 1.9/108, zstd-9 5.3/100.5, zstd-15 44/95,
 * xz 77/87. mksquashfs and zstd make the same bytes with any number of threads.
 */
const LEVELS: Readonly<Record<Compression, Levels>> = {
  development: { squashfs: '-comp zstd -Xcompression-level 3 -b 256K', images: 3, initramfs: 3 },
  release: { squashfs: '-comp xz -b 1M', images: 19, initramfs: 19 },
};

export function levelsOf(compression: Compression): Levels {
  return LEVELS[compression];
}
