import type { Split } from "./dataset.ts";
import { pick } from "./pick.ts";

/** The last `perClass` images of each class, and what is left; both keep their order. */
export function holdOut(
  split: Split,
  perClass: number,
): { train: Split; validation: Split } {
  const fromEnd = classRank(split.labels.toReversed()).reverse();
  const numbers = Array.from(split.labels, (_, i) => i);
  return {
    train: pick(split, numbers.filter((i) => fromEnd[i]! >= perClass)),
    validation: pick(split, numbers.filter((i) => fromEnd[i]! < perClass)),
  };
}

/** For each image, how many of its class come before it. */
export function classRank(labels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  return Uint32Array.from(labels, (label) => counts[label]!++);
}
