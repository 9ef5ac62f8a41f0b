import { closest, distance } from "fastest-levenshtein";
import { UserError } from "../../data/user_error.ts";

/**
 * The value itself, if it is a known one.
 *
 * @throws UserError that lists the known ones and suggests the nearest.
 */
export function requireKnown<K extends string>(
  what: string,
  value: string,
  known: readonly K[],
): K {
  if ((known as readonly string[]).includes(value)) return value as K;
  const nearest = known.length > 0 ? closest(value, known) : "";
  const near = nearest !== "" &&
    distance(value, nearest) <= Math.max(2, nearest.length / 3);
  throw new UserError(
    `Cannot go on as the ${what} must be one of ${
      known.join(", ") || "none"
    }: current value is ${value}` +
      (near ? `. Did you mean ${nearest}?` : ""),
  );
}
