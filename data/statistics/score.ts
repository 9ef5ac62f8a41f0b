/** One run in one number, by the project's procedure. */

/** What a finished run leaves; a loss that was never reached may be missing. */
export interface Losses {
  /** Mean cross-entropy in nats on the whole split, before the first step and after the last. */
  readonly initialLoss?: number;
  readonly finalLoss?: number;
  /** Training loss of step 1, and the mean over the last tenth of the steps. */
  readonly firstTrainLoss?: number;
  readonly lastTrainLoss?: number;
}

export interface Score {
  /** Natural logarithm of the loss after the last step, never above `y0`. */
  readonly y: number;
  /** Natural logarithm of the loss before the first step. */
  readonly y0: number;
  readonly diverged: boolean;
}

/** The mean of cross-entropies in single precision is not told from 0 below this. */
const smallestLoss = 2 ** -23;

/**
 * y = ln(final loss). A run diverged if one of its losses is not a finite number, or if the last
 * tenth of its training was no better than its first step; it scores y0, what it had untrained.
 * Null if the run has no usable loss from before training: nothing then says what diverging costs.
 */
export function score(losses: Losses): Score | null {
  const initial = losses.initialLoss ?? NaN;
  if (!Number.isFinite(initial) || initial <= 0) return null;
  const y0 = Math.log(initial);
  const diverged = hasDiverged(losses);
  const final = Math.max(losses.finalLoss ?? NaN, smallestLoss);
  return { y: diverged ? y0 : Math.min(Math.log(final), y0), y0, diverged };
}

function hasDiverged(losses: Losses): boolean {
  const { finalLoss, firstTrainLoss, lastTrainLoss } = losses;
  const all = [finalLoss, firstTrainLoss, lastTrainLoss];
  return !all.every(Number.isFinite) || lastTrainLoss! >= firstTrainLoss!;
}
