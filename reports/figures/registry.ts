/** The figures that a study may ask for by name: a new one is a file and a line here. */
import { questionsOf } from "../../data/verdicts/claims.ts";
import { type Content, html } from "../html.ts";
import type { StudyRuns } from "../workload.ts";
import { ablationSection } from "./ablation.ts";
import { edgeSection } from "./edge_of_breaking.ts";
import { finalSection } from "./final_scores.ts";
import type { Curve } from "./loss_by_step.ts";
import { surfaceSection } from "./loss_surface.ts";
import type { ArmTraces } from "./gradient_norms.ts";
import { decaySection } from "./decay_line.ts";
import { comparisonSection } from "./score_comparison.ts";
import { gradientSection } from "./gradient_norms.ts";

/** A workload as an experiment's page shows it. */
export interface WorkloadView {
  /** Unique in its page; the section's address. */
  readonly id: string;
  readonly workload: StudyRuns;
  /** Training loss at each series' best learning rate. */
  readonly curves: readonly Curve[];
  /** Of the runs that recorded gradient norms. */
  readonly traces: readonly ArmTraces[];
}

export interface StudyFigure {
  /** Its HTML; nothing where the study has nothing for it. */
  readonly draw: (view: WorkloadView) => Promise<Content>;
  /** Whether it answers the study's question better than the response to the learning rate. */
  readonly answers: boolean;
}

const TO_MECHANISM = html`
  <p>The ratio of the two best rates stands beside what the network's size predicts on the page
  <a href="mechanism.html">Mechanism</a>.</p>
`;

/** By the names that studies know them by; a name that is not here is passed over. */
const FIGURES: ReadonlyMap<string, StudyFigure> = new Map(
  [
    ["ablation", {
      draw: ({ id, workload }) => ablationSection(id, workload),
      answers: true,
    }],
    ["edge_of_breaking", {
      draw: ({ id, workload }) => edgeSection(id, workload),
      answers: false,
    }],
    ["final_scores", {
      draw: ({ id, workload }) => finalSection(id, workload),
      answers: true,
    }],
    ["loss_surface", {
      // A night runs one line of decays an arm: see decay_line.ts.
      draw: ({ id, workload }) =>
        workload.isNight
          ? decaySection(id, workload)
          : surfaceSection(id, workload),
      answers: true,
    }],
    ["mechanism", {
      draw: () => Promise.resolve(TO_MECHANISM),
      answers: false,
    }],
    ["score_comparison", {
      draw: ({ id, workload }) => comparisonSection(id, workload),
      answers: true,
    }],
    ["tensor_norms", {
      draw: ({ id, traces }) => gradientSection(id, traces),
      answers: true,
    }],
  ] satisfies [string, StudyFigure][],
);

/** The figures that a study asks for, in its order; a night that asks for decays has their lines. */
export function figuresOf({ study, isNight }: StudyRuns): StudyFigure[] {
  const asksDecay = isNight &&
    questionsOf(study.experiment).some(({ kind }) => kind === "ceiling");
  const names = new Set([
    ...study.figures,
    ...asksDecay ? ["loss_surface"] : [],
  ]);
  return [...names].flatMap((name) => FIGURES.get(name) ?? []);
}
