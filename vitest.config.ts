// One configuration for every suite: `npm test` runs the plain tests; suites that need more than Node (Docker, Java, the
// AWS CLI, kill -9) carry their name in the file name and run by SUITE=<name>.
import { defineConfig } from 'vitest/config';

const suite = process.env['SUITE'];
const special = ['cloud', 'docker', 'clients', 'crash', 'console', 'emulator', 'aws'];

export default defineConfig({
  test: {
    include: suite ? [`test/**/*.${suite}.test.ts`] : ['test/**/*.test.ts'],
    exclude: suite ? [] : special.map((name) => `test/**/*.${name}.test.ts`),
    testTimeout: suite ? 180_000 : 20_000,
    hookTimeout: suite ? 180_000 : 20_000,
    fileParallelism: suite === undefined,
    // Workers wait for processes, timers and sockets as much as they compute: one for each processor.
    maxWorkers: '100%',
    reporters: ['default'],
  },
});
