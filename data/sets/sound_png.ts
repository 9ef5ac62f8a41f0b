import { crc32 } from "node:zlib";

/**
 * Whether every chunk of a PNG file, up to and with its `IEND`, has the checksum that it carries
 * (PNG specification, section 5.3). The decoder does not look at these.
 */
export function isSoundPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Length, type, data, checksum of type and data.
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) return false;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      return false;
    }
    if (view.getUint32(at + 4) === IEND) return true;
    at = end + 4;
  }
  return false;
}

const IEND = 0x49454e44;
