import { mean } from "../../data/statistics/sample.ts";
import {
  type ArmTraces,
  type TensorGroup,
  tensorGroups,
} from "../gradient_traces.ts";
import { formatRatio } from "../numbers.ts";
import { armLabel } from "./arm_style.ts";

/** How the norms of each group of tensors change over the training, in words and numbers. */
export function describeTensorNorms(arms: readonly ArmTraces[]): string {
  return arms.map((arm) => {
    const changes = tensorGroups.flatMap((group) => {
      const ratio = changeOf(arm, group);
      return ratio === null ? [] : [`${group} ${formatRatio(ratio)}`];
    });
    return `${armLabel(arm.arm)}, last fifth over first, typical tensor: ${
      changes.join(", ") || "nothing recorded"
    }.`;
  }).join(" ");
}

/** Geometric mean over the group's tensors and seeds; null where none has both ends. */
function changeOf({ traces }: ArmTraces, group: TensorGroup): number | null {
  const logs = traces.flatMap(({ tensors }) => tensors)
    .filter((tensor) => tensor.group === group)
    .map(({ norms }) => Math.log(norms.at(-1)! / norms[0]!))
    .filter(Number.isFinite);
  return logs.length > 0 ? Math.exp(mean(logs)) : null;
}
