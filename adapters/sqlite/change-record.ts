// The text of one change record as it lies in the database. A row's two images repeat each other and their neighbours, so
// packing makes a large record ten times smaller, for less than the disk writes it saves.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: -1 } };
/** Two database pages; below, packing saves no page and costs a fixed price. */
const PACKED_FROM_LENGTH = 8_192;

export function packRecord(text: string): string | Uint8Array {
  return text.length < PACKED_FROM_LENGTH ? text : zstdCompressSync(text, FASTEST);
}

export function unpackRecord(stored: unknown): string {
  return stored instanceof Uint8Array ? zstdDecompressSync(stored).toString() : String(stored);
}
