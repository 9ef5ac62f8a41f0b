/** Whether the instrument can say yes and no on a workload, and what else the control study holds. */
import { control } from "../statistics/control.ts";
import { optimaDifference } from "../statistics/difference.ts";
import { label } from "../statistics/verdict.ts";
import { arms } from "./parts.ts";
import type { ControlRow, OtherArm } from "./register.ts";
import { learningRateResponse } from "./responses.ts";
import { shortfall } from "./shortfall.ts";
import { type StudyTable, trialsOf } from "./study_table.ts";
import type { WorkloadStudies } from "./workload_studies.ts";

/** The experiment that plants the control. */
export const controlExperiment = "controls";

/** Lion's own rule is a rate 3 to 10 times smaller; LookAhead at 0.5 in theory doubles it. */
const expected = {
  [arms.lion]: { low: -1, high: -Math.log10(3) },
  [arms.adamwLookahead]: { low: Math.log10(2), high: Math.log10(2) },
} as const;

/** NOT CHECKED, with the reason, where the control was not run to its end. */
export function controlRow(studies: WorkloadStudies): ControlRow {
  const table = studies.table(controlExperiment);
  const [plain, slowed] = [arms.adamw, arms.adamwSlowed].map((arm) =>
    learningRateResponse(table, arm)
  );
  const planted = control(plain!, slowed!);
  const checked = planted.state !== "NOT CHECKED";
  const reason = shortfall(studies, [{
    experiment: controlExperiment,
    stage: "tune",
    arms: [arms.adamw, arms.adamwSlowed],
  }]) ?? "its arms have unlike numbers of seeds";
  return {
    workload: studies.workload,
    state: planted.state,
    ...(checked ? {} : { reason }),
    label: checked ? label(planted.checks[0]!.verdict.n) : null,
    control: planted,
    others: othersOf(table),
  };
}

function othersOf(table: StudyTable | undefined): OtherArm[] {
  const plain = learningRateResponse(table, arms.adamw);
  return ([arms.lion, arms.adamwLookahead] as const)
    .filter((arm) => trialsOf(table, arm, ["tune"]).length > 0)
    .map((arm) => ({
      arm,
      finding: optimaDifference(learningRateResponse(table, arm), plain),
      expected: expected[arm],
    }));
}
