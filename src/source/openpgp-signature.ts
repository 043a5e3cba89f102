// The form of a detached OpenPGP signature (RFC 9580): one armoured block with nothing around it, of signature packets only.

/**
 * The packets of an ASCII-armoured signature; nothing when there is anything else in it. A block with a message of its
 * own in it must not reach a program that may judge that message in the place of the signed bytes.
 */
export function detachedPackets(armoured: string): Buffer | undefined {
  const block = /^-----BEGIN PGP SIGNATURE-----\r?\n([\s\S]*?)\n-----END PGP SIGNATURE-----\s*$/.exec(
    armoured,
  );
  const lines = block?.[1]?.split(/\r?\n/) ?? [];
  // Section 6: headers end at an empty line, `=` begins the checksum.
  const body = lines.slice(lines.indexOf('') + 1).filter((line) => !line.startsWith('='));
  if (body.length === 0 || body.some((line) => !/^[A-Za-z0-9+/]*={0,2}$/.test(line))) return undefined;
  const packets = Buffer.from(body.join(''), 'base64');
  return areSignatures(packets) ? packets : undefined;
}

/** Packet type of a signature: section 5. */
const SIGNATURE = 2;

function areSignatures(packets: Buffer): boolean {
  let at = 0;
  while (at < packets.length) {
    const packet = packetAt(packets, at);
    if (packet === undefined || packet.type !== SIGNATURE) return false;
    at = packet.end;
  }
  return at > 0 && at === packets.length;
}

/** Section 4.2. Lengths that are partial or not stated are for data, not for signatures. */
function packetAt(packets: Buffer, at: number): { readonly type: number; readonly end: number } | undefined {
  const first = packets[at] ?? 0;
  const length = packets.subarray(at + 1, at + 6);
  const [one = 0, two = 0] = length;
  if (first < 0x80) return undefined;
  if (first < 0xc0) {
    const type = (first >> 2) & 0xf;
    const octets = [1, 2, 4][first & 3];
    if (octets === undefined || length.length < octets) return undefined;
    return { type, end: at + 1 + octets + length.readUIntBE(0, octets) };
  }
  const type = first & 0x3f;
  if (one < 192) return { type, end: at + 2 + one };
  if (one < 224) return { type, end: at + 3 + ((one - 192) << 8) + two + 192 };
  return one === 255 && length.length === 5 ? { type, end: at + 6 + length.readUInt32BE(1) } : undefined;
}
