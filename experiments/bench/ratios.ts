import type { Ratio, StepTiming } from "./report.ts";
import { ratioOf } from "./sample.ts";
import { threadsOf } from "./variant.ts";

/**
 * The comparisons that the benchmark is about, for each network: this project's fastest way to
 * train with AdamW against the fastest of the peers, and SING against AdamW. Where the fastest of
 * several ways is taken, it is by the median of all rounds. The fastest of many gains by chance:
 * so every one of this project's thread settings is compared by itself too.
 */
export function ratiosOf(timings: readonly StepTiming[]): Ratio[] {
  const networks = Map.groupBy(timings, ({ model }) => model);
  return [...networks.values()].flatMap((of) => [
    ...againstPeers(of),
    ...singAgainstAdamw(of),
  ]);
}

function againstPeers(timings: readonly StepTiming[]): Ratio[] {
  const adamw = timings.filter(({ optimizer }) => optimizer === "adamw");
  const alone = adamw.filter(({ processes }) => processes === 1);
  const torch = alone.filter(by("torch"));
  const together = adamw.filter(({ processes }) => processes > 1);
  const own = alone.filter(by("tenfold"));
  return [
    ...threadRatios("one process/torch.compile", own, torch.filter(isCompiled)),
    ...threadRatios("one process/torch", own, torch),
    ...threadRatios("one process/jax", own, alone.filter(by("jax"))),
    ...speedRatio("processes/torch", together.filter(by("tenfold")), [
      ...together.filter(by("torch")),
      ...together.length > 0 ? torch : [],
    ]),
  ];
}

function singAgainstAdamw(timings: readonly StepTiming[]): Ratio[] {
  return timings.filter(({ optimizer }) => optimizer === "sing").map((sing) => {
    const adamw = timings.find((other) =>
      other.id === sing.id.replace("/sing/", "/adamw/")
    )!;
    return {
      id: sing.id.replace("/sing/", "/sing to adamw/"),
      of: "step time",
      numerator: sing.id,
      denominator: adamw.id,
      value: ratioOf(sing.stepMilliseconds, adamw.stepMilliseconds),
    };
  });
}

/** The fastest against the fastest, then each thread setting of the first. */
function threadRatios(
  name: string,
  own: readonly StepTiming[],
  peers: readonly StepTiming[],
): Ratio[] {
  const settings = Map.groupBy(own, threadsOf);
  return [
    ...speedRatio(name, own, peers),
    ...[...settings].filter(() => settings.size > 1)
      .flatMap(([threads, some]) =>
        speedRatio(`${name}/${threads}`, some, peers)
      ),
  ];
}

function speedRatio(
  name: string,
  own: readonly StepTiming[],
  peers: readonly StepTiming[],
): Ratio[] {
  const [first, second] = [fastest(own), fastest(peers)];
  if (!first || !second) return [];
  return [{
    id: `${first.model}/${name}`,
    of: "images a second",
    numerator: first.id,
    denominator: second.id,
    value: ratioOf(first.imagesPerSecond, second.imagesPerSecond),
  }];
}

function fastest(timings: readonly StepTiming[]): StepTiming | undefined {
  return timings.toSorted((a, b) =>
    b.imagesPerSecond.median - a.imagesPerSecond.median
  )[0];
}

function by(library: StepTiming["library"]) {
  return (timing: StepTiming) => timing.library === library;
}

function isCompiled({ mode }: StepTiming): boolean {
  return mode === "compile";
}
