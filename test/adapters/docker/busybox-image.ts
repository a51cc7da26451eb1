// A Linux root file system in one tar, from the machine's static busybox: an image for tests where no registry answers.
import { readFile } from 'node:fs/promises';
import { createEngineClient } from '../../../adapters/docker/engine-client.ts';

export const TEST_IMAGE = 'slipway-test/busybox:1';

const APPLETS =
  'sh cat echo sleep id hostname ip tail head wc ls grep mount df true env seq printf stat tr nc'.split(' ');
const BLOCK = 512;

/** Loads the image under its name; an image that is there already is replaced by an equal one. */
export async function loadTestImage(socketPath: string): Promise<void> {
  const client = createEngineClient(socketPath);
  try {
    const [repo = '', tag = ''] = TEST_IMAGE.split(':');
    const body = await rootFileSystem();
    await client.call({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo, tag }, body });
  } finally {
    client.close();
  }
}

async function rootFileSystem(): Promise<Buffer> {
  const busybox = await readFile('/usr/bin/busybox');
  return Buffer.concat([
    entry({ name: 'bin/', type: '5', mode: 0o755 }),
    entry({ name: 'tmp/', type: '5', mode: 0o1777 }),
    entry({ name: 'etc/', type: '5', mode: 0o755 }),
    entry({ name: 'etc/passwd', type: '0', mode: 0o644, content: Buffer.from('root:x:0:0::/:/bin/sh\n') }),
    entry({ name: 'bin/busybox', type: '0', mode: 0o755, content: busybox }),
    ...APPLETS.map((name) => entry({ name: `bin/${name}`, type: '2', mode: 0o777, target: 'busybox' })),
    Buffer.alloc(2 * BLOCK),
  ]);
}

interface TarEntry {
  readonly name: string;
  /** File, symbolic link, folder. */
  readonly type: '0' | '2' | '5';
  readonly mode: number;
  readonly content?: Buffer;
  readonly target?: string;
}

/** One ustar header with its content, padded to whole blocks. */
function entry({ name, type, mode, content = Buffer.alloc(0), target = '' }: TarEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(`${octal(mode, 7)}\0`, 100);
  header.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108);
  header.write(`${octal(content.length, 11)}\0${octal(0, 11)}\0`, 124);
  header.write('        ', 148); // the checksum counts itself as spaces
  header.write(type, 156);
  header.write(target, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding]);
}
