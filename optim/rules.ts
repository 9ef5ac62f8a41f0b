/** A rule for an option: in words, the type it takes, and what a value of that type must fulfil. */
export interface Rule {
  readonly words: string;
  readonly type: "number" | "boolean" | "function" | "array" | "object";
  // A method, so that a rule for numbers is a rule.
  holds?(value: unknown): boolean;
}

/** Whether a number is one of 1, 2, 3, … */
export const COUNT: Rule = numberRule(
  "an integer of at least 1",
  (x) => Number.isSafeInteger(x) && x >= 1,
);

export const POSITIVE: Rule = numberRule(
  "a finite number above 0",
  (x) => x > 0 && x < Infinity,
);

export const NOT_NEGATIVE: Rule = numberRule(
  "a finite number of at least 0",
  (x) => x >= 0 && x < Infinity,
);

export const BELOW_ONE: Rule = numberRule(
  "a number in [0, 1)",
  (x) => x >= 0 && x < 1,
);

export const FRACTION: Rule = numberRule(
  "a number in [0, 1]",
  (x) => x >= 0 && x <= 1,
);

export const POSITIVE_FRACTION: Rule = numberRule(
  "a number in (0, 1]",
  (x) => x > 0 && x <= 1,
);

export const BOOLEAN: Rule = { words: "a boolean", type: "boolean" };
export const FUNCTION: Rule = { words: "a function", type: "function" };
export const ARRAY: Rule = { words: "an array", type: "array" };
export const OBJECT: Rule = { words: "an object", type: "object" };

/**
 * Checks that every value has a rule and keeps it.
 *
 * @param action What cannot be done otherwise, such as `create SING`.
 * @throws TypeError for a name without a rule or a value of the wrong type; RangeError for a number
 * out of its range.
 */
export function check(
  action: string,
  values: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) {
      throw new TypeError(
        `Cannot ${action} as options must be among ` +
          `${Object.keys(rules).join(", ")}: current value is ${name}`,
      );
    }
    const typed = typeOf(value) === rule.type;
    if (typed && (rule.holds?.(value) ?? true)) continue;
    throw new (typed ? RangeError : TypeError)(
      `Cannot ${action} as ${name} must be ${rule.words}: current value is ` +
        (typeof value === "string" ? JSON.stringify(value) : String(value)),
    );
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function numberRule(words: string, holds: (x: number) => boolean): Rule {
  return { words, type: "number", holds: (value) => holds(value as number) };
}
