// What a path or an intrinsic call becomes once: a function of a state's input and of what surrounds it.
import type { Json } from './json.ts';

/** What an expression may ask besides its input. */
export interface Ambient {
  /** The context object. */
  context(): Json;
  /** One of its members, for far less than the whole. */
  contextSection(name: string): Json | undefined;
  /** At least 0, less than 1. */
  random(): number;
  uuid(): string;
}

export type Evaluate = (input: Json, ambient: Ambient) => Json;
export type Find = (input: Json, ambient: Ambient) => Json | undefined;
