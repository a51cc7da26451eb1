import { expect, test } from 'vitest';
import { CliError } from '../../bin/cli-error.ts';
import { explainStart } from '../../bin/start-server.ts';

test.each([
  ['PortInUseError', 'Port 7411 on 127.0.0.1 is in use.', '--port'],
  ['StoreInUseError', 'slipway.db is in use', '--data-dir'],
  ['StoreVersionError', 'slipway.db was written by a newer Slipway', '--data-dir'],
  ['RuntimeUnavailableError', 'Docker does not answer', '--runtime process'],
])('a %s keeps its sentence and gains a hint', (name, message, option) => {
  const error = Object.assign(new Error(message), { name });
  const explained = explainStart(error);
  expect(explained).toBeInstanceOf(CliError);
  expect(explained).toMatchObject({
    message,
    exitCode: 1,
    cause: error,
    hint: expect.stringContaining(option),
  });
});

test('a data folder that may not be written to is explained', () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), { code: 'EACCES' });
  expect(explainStart(error)).toMatchObject({
    name: 'CliError',
    hint: expect.stringContaining('--data-dir'),
  });
});

test('an error that no user can mend stays as it is', () => {
  const error = new Error('invariant');
  expect(explainStart(error)).toBe(error);
});
