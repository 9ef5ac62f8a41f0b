import type { StudyTable } from "../../data/verdicts/study_table.ts";
import { type Content, html } from "../html.ts";
import { tableOf } from "../trials.ts";
import { ablationSection } from "./ablation_section.ts";
import { comparisonSection } from "./comparison_section.ts";
import { edgeSection } from "./edge_section.ts";
import { finalSection } from "./final_section.ts";
import { gradientSection } from "./gradient_section.ts";
import { surfaceSection } from "./surface_section.ts";
import type { WorkloadView } from "./workload_section.ts";

/** What one experiment shows beside what all of them do. */
export async function experimentFigures(view: WorkloadView): Promise<Content> {
  const table = tableOf(view.workload);
  const sections: Content[] = [];
  for (const section of sectionsOf.get(table.study.experiment) ?? []) {
    sections.push(await section(view.id, table, view));
  }
  return sections;
}

type Section = (
  id: string,
  table: StudyTable,
  view: WorkloadView,
) => Promise<Content>;

const sectionsOf: ReadonlyMap<string, readonly Section[]> = new Map<
  string,
  readonly Section[]
>([
  ["learning_rate", [edgeSection, comparisonSection]],
  ["weight_decay", [surfaceSection, comparisonSection]],
  ["width", [() => Promise.resolve(toMechanism)]],
  ["schedule", [comparisonSection]],
  ["layer_norm", [
    comparisonSection,
    (id, _, { traces }) => gradientSection(id, traces),
  ]],
  ["rule", [comparisonSection]],
  ["final", [
    (id, _, { workload }) => finalSection(id, workload),
    comparisonSection,
  ]],
  ["ablation", [ablationSection]],
]);

const toMechanism = html`
  <p>The ratio of the two best rates stands beside what the network's size predicts on the page
  <a href="mechanism.html">Mechanism</a>.</p>
`;
