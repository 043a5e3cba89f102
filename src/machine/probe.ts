// The boot sector of probe.S, assembled: a test assembles it again and compares.

/** The code; zeros follow up to the two bytes by which firmware knows a boot sector. */
const CODE = Buffer.from(
  [
    '+vxmMcCO2I7AjtC8AHy/ABC5AAxm86tmxwYAEAMgAABmxwYAIAMwAABmxwYAMIMAAABmuAAQAAAPIthmuCACAAAPIuBmuYAA',
    'AMAPMmYNAAEAAA8wDyDAZoPg+2YNAwAAgA8iwA8BFuB8ZupxfAAACAC4EAAAAI7YjtC+5nwAAA8QBg8QThBmD9TBZkgPfsBm',
    'D3PYCGZID37DSA+vw0iD+E11Hr4GfQAArITAdBSIxGa6/QPsqCB0+4jgZrr4A+7r5/Tr/Y10JgAAAAAAAAAAAAAAAAAAmiAA',
    'AAAAAACSAAAXAMh8AAADAAAAAAAAAAUAAAAAAAAABAAAAAAAAAAGAAAAAAAAAHByb2JlOiA2NCBiaXRzDQo=',
  ].join(''),
  'base64',
);
const SECTOR = 512;
/** The BIOS reads no disk that is smaller than a cylinder. */
const DISK = 2 ** 20;

/** What the probe says on the serial port when it has reached 64 bits. */
export const PROBE_SAYS = /probe: 64 bits/;

/** A disk with the probe. */
export function probeDisk(): Buffer {
  const disk = Buffer.alloc(DISK);
  CODE.copy(disk);
  disk.set([0x55, 0xaa], SECTOR - 2);
  return disk;
}
