// The vocabulary in which a request is described, and the TypeScript type each description stands for. Batch's shapes are
// derived from the SDK's schemas; those of the side protocols are written with the builders below.

export interface StringShape<Value extends string = string> {
  readonly kind: 'string';
  readonly values?: readonly Value[];
  /** Some of Batch's enums are documented as not case sensitive; the value is passed on as it was sent. */
  readonly anyCase?: boolean;
  readonly min?: number;
  readonly max?: number;
}
export interface BooleanShape {
  readonly kind: 'boolean';
}
/** `integer`: 32 bits. `long`: as far as a JSON number is exact. `double` stands for float too. */
export interface NumberShape {
  readonly kind: 'number';
  readonly number: 'integer' | 'long' | 'double';
  readonly min?: number;
  readonly max?: number;
}
export interface ListShape<Element extends Shape = Shape> {
  readonly kind: 'list';
  readonly element: Element;
  readonly min?: number;
  readonly max?: number;
}
export interface MapShape<Value extends Shape = Shape> {
  readonly kind: 'map';
  readonly key: StringShape;
  readonly value: Value;
  readonly max?: number;
}
export interface StructureShape<Members extends MemberShapes = MemberShapes> {
  readonly kind: 'structure';
  readonly members: Members;
}
export interface Member<Target extends Shape = Shape, Required extends boolean = boolean> {
  readonly shape: Target;
  readonly required: Required;
}
export type MemberShapes = { readonly [name: string]: Member };

export type Shape =
  | StringShape
  | BooleanShape
  | NumberShape
  // The element and member types are `any shape`; spelled out, the alias would refer to itself.
  | { readonly kind: 'list'; readonly element: Shape; readonly min?: number; readonly max?: number }
  | { readonly kind: 'map'; readonly key: StringShape; readonly value: Shape; readonly max?: number }
  | { readonly kind: 'structure'; readonly members: { readonly [name: string]: Member } };

/** What a value is once it was found to have the shape. */
export type ValueOf<S> =
  S extends StringShape<infer Value>
    ? Value
    : S extends BooleanShape
      ? boolean
      : S extends NumberShape
        ? number
        : S extends ListShape<infer Element>
          ? readonly ValueOf<Element>[]
          : S extends MapShape<infer Value>
            ? Readonly<Record<string, ValueOf<Value>>>
            : S extends StructureShape<infer Members>
              ? {
                  readonly [
                    Name in keyof Members as Members[Name]['required'] extends true ? Name : never
                  ]: ValueOf<Members[Name]['shape']>;
                } & {
                  readonly [
                    Name in keyof Members as Members[Name]['required'] extends true ? never : Name
                  ]?: ValueOf<Members[Name]['shape']>;
                }
              : never;

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export function string(bounds: Bounds = {}): StringShape {
  return { kind: 'string', ...bounds };
}
export function oneOf<const Values extends readonly string[]>(values: Values): StringShape<Values[number]> {
  return { kind: 'string', values };
}
export function boolean(): BooleanShape {
  return { kind: 'boolean' };
}
export function integer(bounds: Bounds = {}): NumberShape {
  return { kind: 'number', number: 'integer', ...bounds };
}
export function long(bounds: Bounds = {}): NumberShape {
  return { kind: 'number', number: 'long', ...bounds };
}
export function list<Element extends Shape>(element: Element, bounds: Bounds = {}): ListShape<Element> {
  return { kind: 'list', element, ...bounds };
}
export function required<Target extends Shape>(shape: Target): Member<Target, true> {
  return { shape, required: true };
}
export function optional<Target extends Shape>(shape: Target): Member<Target, false> {
  return { shape, required: false };
}
export function structure<Members extends MemberShapes>(members: Members): StructureShape<Members> {
  return { kind: 'structure', members };
}
