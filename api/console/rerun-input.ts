// The form of a rerun as it comes back from the page: checked for its shape here; what its values mean is for SubmitJob to judge.
import { ClientException } from '../errors.ts';
import { compileParser, InvalidInput } from '../shapes/parse.ts';
import type { Rerun } from './wire.ts';

const text = { kind: 'string' } as const;

const RERUN = {
  kind: 'structure',
  members: {
    jobName: { shape: text, required: true },
    queue: { shape: text, required: true },
    containers: {
      shape: {
        kind: 'list',
        element: {
          kind: 'structure',
          members: {
            label: { shape: text, required: true },
            command: { shape: { kind: 'list', element: text }, required: true },
            environment: {
              shape: {
                kind: 'list',
                element: {
                  kind: 'structure',
                  members: { name: { shape: text, required: true }, value: { shape: text, required: true } },
                },
              },
              required: true,
            },
            vcpus: { shape: text, required: true },
            memoryMiB: { shape: text, required: true },
            gpus: { shape: text, required: true },
          },
        },
      },
      required: true,
    },
  },
} as const;

const parse = compileParser(RERUN);

export function readRerun(body: unknown): Rerun {
  try {
    return parse(body, 'rerun');
  } catch (error) {
    if (error instanceof InvalidInput) throw new ClientException(error.message);
    throw error;
  }
}
