import type { RunLine } from "../run_table.ts";

/** A finished run as the page of all runs has it, with some fields replaced. */
export function exampleLine(changes: Partial<RunLine> = {}): RunLine {
  return {
    run: "0123456789abcdef",
    experiment: "Learning rate",
    profile: "quick",
    dataset: "Fashion-MNIST subset",
    model: "ViT",
    stage: "tune",
    arm: "SING",
    learningRate: 1e-2,
    weightDecay: 0,
    seed: 2000,
    state: "finished",
    loss: 0.41234,
    initialLoss: 2.31,
    lastTrainLoss: 0.43,
    accuracy: 0.8567,
    steps: 1200,
    seconds: 4.25,
    started: Date.UTC(2024, 4, 1, 10) / 1000,
    error: null,
    command: "deno task run learning_rate --profile quick",
    origin: 0,
    config: 0,
    ...changes,
  };
}
