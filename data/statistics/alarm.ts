/** H6's alarm in one run, by the project's procedure. */
import { median, rankCorrelation } from "./sample.ts";

/** Of one step: its batch's loss, and the joint L2 norm of the watched gradients. */
export interface WatchedStep {
  readonly step: number;
  readonly loss: number;
  readonly norm: number;
}

export interface Alarm {
  readonly alarmed: boolean;
  /** Spearman's correlation with the number of the bin; NaN (null in JSON) if undefined. */
  readonly lossTrend: number;
  readonly normTrend: number;
  /** Medians, a bin each. */
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

const bins = 20;
const trend = 0.5;

/**
 * Whether the loss falls while the norm rises: over 20 equal bins of the steps after `warmup`
 * (the number of warmup steps) up to `steps` (of the whole run), the medians of loss and norm have
 * a rank correlation with the bin of at most -0.5 and at least 0.5. A run that blew up, where the
 * steps end, raises no alarm. Null if else a bin holds no step: then it was not watched.
 */
export function alarm(
  watched: readonly WatchedStep[],
  { warmup, steps }: { warmup: number; steps: number },
): Alarm | null {
  const binned = Array.from({ length: bins }, (): WatchedStep[] => []);
  for (const it of watched) {
    const place = (it.step - warmup - 1) * bins / (steps - warmup);
    if (it.step > warmup) binned[Math.floor(place)]?.push(it);
  }
  const blewUp = watched.some((it) => !Number.isFinite(it.loss));
  if (!blewUp && binned.some((bin) => bin.length === 0)) return null;
  const losses = binned.map((bin) => median(bin.map((it) => it.loss)));
  const norms = binned.map((bin) => median(bin.map((it) => it.norm)));
  const order = losses.map((_, bin) => bin);
  const lossTrend = rankCorrelation(losses, order);
  const normTrend = rankCorrelation(norms, order);
  return {
    alarmed: !blewUp && lossTrend <= -trend && normTrend >= trend,
    lossTrend,
    normTrend,
    losses,
    norms,
  };
}
