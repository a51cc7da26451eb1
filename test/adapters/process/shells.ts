// The POSIX shells of this machine: slots must behave the same under each of them.
import { existsSync } from 'node:fs';

const CANDIDATES: readonly { readonly name: string; readonly shell: readonly [string, ...string[]] }[] = [
  { name: '/bin/sh', shell: ['/bin/sh'] },
  { name: 'bash', shell: ['/bin/bash'] },
  { name: 'busybox', shell: ['/usr/bin/busybox', 'sh'] },
];

export const SHELLS = CANDIDATES.filter(({ shell }) => existsSync(shell[0]));
