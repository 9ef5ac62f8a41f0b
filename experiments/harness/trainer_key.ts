import type { RunConfig } from "../../data/runs/schema.ts";

/** The fields that may differ between two runs of one trainer: they enter a step as numbers. */
const NUMBERS = [
  "seed",
  "learningRate",
  "weightDecay",
  "schedule",
  "warmup",
  "epochs",
] as const;

/** Equal for two configurations exactly if one compiled step serves both. */
export function trainerKey(config: RunConfig): string {
  const structure: Record<string, unknown> = { ...config };
  for (const field of NUMBERS) delete structure[field];
  return JSON.stringify(structure, Object.keys(structure).sort());
}
