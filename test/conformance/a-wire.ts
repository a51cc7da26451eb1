// Slipway behind its router on a whole engine in memory, called by the SDK: what went over the wire is kept beside what the
// SDK made of it.
import type { BatchClient } from '@aws-sdk/client-batch';
import type { ApiRequest } from '../../api/request.ts';
import type { ApiResponse } from '../../api/response.ts';
import { createRouter, type Router } from '../../api/router.ts';
import { jobTags } from '../../engine/store/job-tags.ts';
import { queueTableTags } from '../../engine/store/tags.ts';
import { OPERATIONS } from '../../api/offered-operations.ts';
import { risingClock } from '../api/operations/engine-calls.ts';
import { batchClient, routerOptions, trustingOptions } from '../api/sdk-roundtrip.ts';
import type { ALocalEngine, ALocalEngineOptions } from '../engine/a-local-engine.ts';
import { aLocalEngine } from '../engine/a-local-engine.ts';
import { commandOf, httpOf } from './sdk-model.ts';

/** Loosely typed on purpose: tests walk answers by the model's own schemas. */
export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly operation: string;
  readonly wire: Json;
  readonly output: Json;
}

export interface AWire extends ALocalEngine {
  readonly batch: BatchClient;
  /** Every call of `call` that was answered with 200. */
  readonly answers: readonly Answer[];
  /** Signed, sent, read by the SDK. */
  call(operation: string, input?: object): Promise<Json>;
  /** The error that the SDK makes of a refusal; fails when the call is accepted. */
  refusal(operation: string, input: object): Promise<{ readonly name: string; readonly message: string }>;
  /** Unsigned and unserialised: for bodies that no SDK would send. */
  post(operation: string, body: object): Promise<ApiResponse>;
  /** As `post`, of any request. */
  send(request: Partial<ApiRequest>): Promise<ApiResponse>;
}

export async function aWire(options: ALocalEngineOptions = {}): Promise<AWire> {
  const home = await aLocalEngine({ now: risingClock(), ...options });
  const { store, resources, schedule } = home.engine;
  const deps = {
    ...resources,
    store,
    clock: schedule.clock,
    ids: home.ids,
    tagTargets: { ...queueTableTags(store.table), job: jobTags(store) },
  };
  const signed = createRouter<typeof deps>({ ...routerOptions(), deps, operations: OPERATIONS });
  const trusting = createRouter<typeof deps>({ ...trustingOptions(), deps, operations: OPERATIONS });
  let last = '';
  const kept: Router = async (request) => {
    const response = await signed(request);
    last = response.body;
    return response;
  };
  const batch = batchClient(kept);
  const answers: Answer[] = [];

  async function call(operation: string, input: object = {}): Promise<Json> {
    const { $metadata: _, ...output } = await batch.send(commandOf(operation, input));
    const wire = last === '' ? {} : (JSON.parse(last) as Json); // an answer of 200 is an object
    answers.push({ operation, wire, output });
    return output;
  }
  function send(request: Partial<ApiRequest>): Promise<ApiResponse> {
    const headers = { 'content-type': 'application/json' };
    return trusting({
      method: 'POST',
      rawPath: '/',
      rawQuery: '',
      headers,
      body: Buffer.from(''),
      ...request,
    });
  }
  return {
    ...home,
    batch,
    answers,
    call,
    send,
    async refusal(operation, input) {
      const thrown: unknown = await batch.send(commandOf(operation, input)).then(
        () => new Error(`${operation} was accepted: ${JSON.stringify(input)}`),
        (error: unknown) => error,
      );
      const { name, message } = thrown as Error; // the SDK throws nothing else
      return { name, message };
    },
    async post(operation, body) {
      const { method, path } = httpOf(operation);
      const rawPath = path.replace('{resourceArn}', 'arn:aws:batch:us-east-1:123456789012:job-queue/default');
      return send({ method, rawPath, body: Buffer.from(JSON.stringify(body)) });
    },
  };
}
