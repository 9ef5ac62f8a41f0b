/**
 * Checks untrusted JSON against the shape of a record, field by field, so that nothing is used
 * that was not looked at.
 */

/** What one field may hold. */
export interface Kind {
  /** Said in an error: `a whole number`. */
  readonly expects: string;
  accepts(value: unknown): boolean;
  /** Turns the stored form into the one used, where they differ. */
  readonly revive?: (value: unknown) => unknown;
}

/** A kind for every field of T. */
export type Shape<T> = { readonly [K in keyof T]-?: Kind };

/** Why a record cannot be trusted, as the end of a sentence. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/**
 * Returns the value as a T, with non-finite measures revived from their text.
 *
 * @throws Malformed naming the first field that does not fit.
 */
export function conform<T>(value: unknown, shape: Shape<T>, what: string): T {
  if (!isRecord(value)) throw new Malformed(`the ${what} is not an object`);
  let result = value;
  for (const [name, kind] of fieldsOf(shape)) {
    const field = value[name];
    if (!kind.accepts(field)) {
      throw new Malformed(
        `the ${what}'s ${name} is ${show(field)}, not ${kind.expects}`,
      );
    }
    if (!kind.revive || field === undefined) continue;
    const revived = kind.revive(field);
    if (revived === field) continue;
    if (result === value) result = { ...value };
    result[name] = revived;
  }
  return result as T;
}

/** Whether {@link conform} would take the value. */
export function conforms<T>(value: unknown, shape: Shape<T>): boolean {
  return isRecord(value) &&
    fieldsOf(shape).every(([name, kind]) => kind.accepts(value[name]));
}

/** A shape's entries, listed once: a store has a million rows of the same few shapes. */
function fieldsOf<T>(shape: Shape<T>): readonly (readonly [string, Kind])[] {
  const known = entries.get(shape);
  if (known) return known;
  const listed = Object.entries<Kind>(shape);
  entries.set(shape, listed);
  return listed;
}

const entries = new WeakMap<object, readonly (readonly [string, Kind])[]>();

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

export const text: Kind = {
  expects: "text",
  accepts: (value) => typeof value === "string",
};

export const flag: Kind = {
  expects: "true or false",
  accepts: (value) => typeof value === "boolean",
};

export const finite: Kind = {
  expects: "a finite number",
  accepts: Number.isFinite,
};

export const positive: Kind = {
  expects: "a finite number above 0",
  accepts: (value) => Number.isFinite(value) && Number(value) > 0,
};

export const count: Kind = {
  expects: "a whole number from 0",
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};

/** A number that training may drive to NaN or to infinity, which JSON holds as text. */
export const measure: Kind = {
  expects: "a number",
  accepts: (value) =>
    Number.isFinite(value) ||
    ["NaN", "Infinity", "-Infinity"].some((name) => value === name),
  revive: Number,
};

export const texts: Kind = listOf("text", text.accepts);

export const measures: Kind = {
  ...listOf("numbers", measure.accepts),
  revive: (value) => (value as unknown[]).map(Number),
};

export const record: Kind = { expects: "an object", accepts: isRecord };

export const records: Kind = listOf("objects", isRecord);

export function listOf(
  what: string,
  accepts: (value: unknown) => boolean,
): Kind {
  return {
    expects: `a list of ${what}`,
    accepts: (value) => Array.isArray(value) && value.every(accepts),
  };
}

export function oneOf(...values: readonly (string | number)[]): Kind {
  return {
    expects: values.join(" or "),
    accepts: (value) => values.some((allowed) => allowed === value),
  };
}

export function orNull(kind: Kind): Kind {
  return {
    ...kind,
    expects: `${kind.expects} or null`,
    accepts: (value) => value === null || kind.accepts(value),
  };
}

export function optional(kind: Kind): Kind {
  return {
    ...kind,
    accepts: (value) => value === undefined || kind.accepts(value),
  };
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const json = JSON.stringify(value);
  return json.length > 40 ? `${json.slice(0, 40)}…` : json;
}
