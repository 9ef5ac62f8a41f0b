/**
 * Holm's step-down adjustment (Holm 1979): p-values, in their order, that may each be compared
 * with the level wanted for the whole family.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i)
    .sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = [...pValues];
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, (pValues.length - rank) * pValues[i]!);
    adjusted[i] = Math.min(largest, 1);
  }
  return adjusted;
}
