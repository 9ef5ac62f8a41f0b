/**
 * Checks untrusted JSON against the schema of a record, so that nothing is used that was not looked
 * at, and says in a sentence what does not fit.
 */
import { type Static, type TObject, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";

/** Why a record cannot be trusted, as the end of a sentence. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** The type of a schema's values, which nobody changes. */
export type Frozen<S extends TSchema> = FrozenValue<Static<S>>;

type FrozenValue<T> = T extends readonly [infer A, infer B]
  ? readonly [FrozenValue<A>, FrozenValue<B>]
  : T extends readonly (infer Item)[] ? readonly FrozenValue<Item>[]
  : T extends object ? { readonly [K in keyof T]: FrozenValue<T[K]> }
  : T;

/** What a field may hold, in an error: `a whole number`. */
const expects = (what: string) => ({ expects: what });

export const TEXT = Type.String(expects("text"));
export const FLAG = Type.Boolean(expects("true or false"));
export const FINITE = Type.Number(expects("a finite number"));
export const POSITIVE = Type.Number({
  exclusiveMinimum: 0,
  ...expects("a finite number above 0"),
});
export const COUNT = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  ...expects("a whole number from 0"),
});

/** A number that training may drive to NaN or to infinity, which JSON holds as text. */
export const MEASURE = Type.Unsafe<number>({
  anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }],
  ...expects("a number"),
  revives: true,
});

export function listOf<S extends TSchema>(items: S, what: string) {
  return Type.Array(items, expects(`a list of ${what}`));
}

export function oneOf<const V extends string | number>(...values: V[]) {
  return Type.Unsafe<V>({ enum: values, ...expects(values.join(" or ")) });
}

export function orNull<S extends TSchema>(schema: S) {
  const { expects: what } = schema as { expects?: string };
  return Type.Union([schema, Type.Null()], expects(`${what} or null`));
}

/**
 * Makes the check of a schema: it returns the value as it is used, its measures as numbers.
 *
 * @param what The record in an error: `header`.
 */
export function checkOf<S extends TObject>(
  schema: S,
  what: string,
): (value: unknown) => Frozen<S> {
  const fields: [string, Annotated][] = Object.entries(schema.properties);
  const measures = fields.filter(([, field]) =>
    field.revives || field.items?.revives
  ).map(([name]) => name);
  let validator: { Check(value: unknown): boolean } | undefined;
  return (value) => {
    validator ??= Compile(schema);
    if (!validator.Check(value)) {
      throw new Malformed(complaint(schema, value, what));
    }
    return revived(value as Record<string, unknown>, measures) as Frozen<S>;
  };
}

/** What does not fit, by the first such field; a record in it that has a title is named instead. */
function complaint(schema: TSchema, value: unknown, what: string): string {
  if (!isRecord(value)) return `the ${what} is not an object`;
  const fields = Object.entries((schema as TObject).properties);
  const [name, field] = fields.find(([name, field]) =>
    !(Type.IsOptional(field) && value[name] === undefined) &&
    !Value.Check(field, value[name])
  )!;
  const { title, items, expects }: Annotated = field;
  const inner = value[name];
  if (title && isRecord(inner)) return complaint(field, inner, title);
  const bad = items?.title && Array.isArray(inner)
    ? inner.find((item) => isRecord(item) && !Value.Check(items, item))
    : undefined;
  if (bad) return complaint(items!, bad, items!.title!);
  return `the ${what}'s ${name} is ${show(inner)}, not ${
    expects ?? "an object"
  }`;
}

interface Annotated extends TSchema {
  readonly title?: string;
  readonly expects?: string;
  readonly revives?: true;
  readonly items?: Annotated;
}

function revived(
  value: Record<string, unknown>,
  measures: readonly string[],
): Record<string, unknown> {
  for (const name of measures) {
    const field = value[name];
    if (typeof field === "string") value[name] = Number(field);
    else if (Array.isArray(field)) value[name] = field.map(Number);
  }
  return value;
}

/** @throws Malformed for text that is not JSON. */
export function parseJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Malformed(`the ${what} is not JSON`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const json = JSON.stringify(value);
  return json.length > 40 ? `${json.slice(0, 40)}…` : json;
}
