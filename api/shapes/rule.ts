// What the service model demands of a value beyond its JSON type. The generated table is made of these.

export interface Rule {
  readonly number?: 'integer' | 'long' | 'float' | 'double';
  readonly enum?: readonly string[];
  /** Characters of a string, entries of a list, value of a number. */
  readonly min?: number;
  readonly max?: number;
  readonly key?: Rule;
  readonly value?: Rule;
  readonly member?: Rule;
}
