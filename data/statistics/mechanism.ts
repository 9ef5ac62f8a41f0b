/**
 * Why the best learning rate may differ tenfold: a prediction from the shapes of a network's
 * tensors, fixed before training. The entries of a normalized gradient of D numbers are near
 * 1/sqrt(D), where softplus with beta 50 has a floor; so SING's step is smaller than Adam's by
 * R(D). LookAhead at 0.5 halves what is left.
 */

const beta = 50;

/** R(D) = (sqrt(D) / 50) ln(1 + exp(50 / sqrt(D))) for a tensor of D entries. */
export function stepRatio(entries: number): number {
  const root = Math.sqrt(entries);
  return root / beta * Math.log1p(Math.exp(beta / root));
}

/** Which of SING's switches the predicted arm has on. */
export interface Switches {
  readonly softplus: boolean;
  readonly lookahead: boolean;
}

/**
 * Predicted best learning rate of SING over that of AdamW for a network of tensors of these
 * shapes: the mean of ln R(D) over those of rank above 1, weighted by D. Null if there are none.
 */
export function predictedRatio(
  shapes: readonly (readonly number[])[],
  { softplus, lookahead }: Switches = { softplus: true, lookahead: true },
): number | null {
  const sizes = shapes.filter((shape) => shape.length > 1)
    .map((shape) => shape.reduce((size, length) => size * length, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return null;
  const logRatio = sizes.reduce(
    (sum, size) => sum + size * Math.log(stepRatio(size)) / total,
    0,
  );
  return (softplus ? Math.exp(logRatio) : 1) * (lookahead ? 2 : 1);
}
