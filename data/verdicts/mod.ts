/** From studies and runs to verdicts. */
export { type Evidence, evidenceOf } from "./evidence.ts";
export { profilesOf } from "./profiles.ts";
export { registerJson } from "./register_json.ts";
export { registerOf } from "./register_of.ts";
export { summaryLines } from "./summary_lines.ts";
export { alarmOfRun, watchedSteps } from "./watched_run.ts";
export type {
  ClaimRow,
  ControlRow,
  OtherArm,
  Register,
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "./register.ts";
