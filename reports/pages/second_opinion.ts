/**
 * Two studies side by side, verdict by verdict: the published one and a reader's own, or one that
 * was trained twice in different ways.
 */
import type { Estimate, Finding } from "../../data/statistics/estimate.ts";
import type {
  ControlRow,
  Register,
  WorkloadName,
} from "../../data/verdicts/register.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { partLabel } from "../../data/verdicts/summary.ts";
import { formatList } from "../../data/text.ts";
import { partScale, RATIO_SCALE, type VerdictScale } from "../charts/scales.ts";
import type { SiteContent } from "../content.ts";
import { type Content, html, tableHead } from "../html.ts";
import { formatCount } from "../numbers.ts";
import { sharedConfig } from "../provenance.ts";
import { profileWords, shortWorkloadName, workloadName } from "../words.ts";
import { distinctRuns, isDoneTrial, type StudyRuns } from "../workload.ts";
import { type AnyState, smallBadge } from "./verdict_badge.ts";

/**
 * - `agrees`: the same verdict, and numbers that are not surely different
 * - `compatible`: one of the two is undecided, and the numbers are not surely different
 * - `differs`: SUPPORTED against REFUTED, or numbers that are surely different
 * - `open`: one of the two has no verdict
 */
export type Agreement = "agrees" | "compatible" | "differs" | "open";

/** One verdict of the reader's beside the published one of the same claim and network. */
export interface Opinion {
  readonly number: string;
  readonly workload: WorkloadName;
  readonly own: Side;
  readonly published: Side;
  readonly agreement: Agreement;
  /** Whether the 90% interval of the difference leaves out zero; null without two estimates. */
  readonly apart: boolean | null;
  readonly scale: VerdictScale;
}

interface Side {
  readonly state: AnyState;
  readonly finding: Finding | undefined;
  /** Of several numbers, which one the finding is. */
  readonly label?: string | undefined;
}

/** Both studies have a say on these; what one of them lacks is not listed. */
export function opinions(own: Register, published: Register): Opinion[] {
  const controls = own.controls.flatMap((row) => {
    const other = on(row, published.controls);
    const side = ({ state, control }: ControlRow): Side => ({
      state,
      finding: control.checks[0]?.verdict.finding,
    });
    return other
      ? [opinion("Control", row.workload, RATIO_SCALE, [row, other].map(side))]
      : [];
  });
  const claims = own.claims.flatMap(({ claim: own, workloads }) => {
    const other = published.claims.find(({ claim }) => claim.id === own.id);
    return workloads.flatMap((row) => {
      const beside = on(row, other?.workloads ?? []);
      if (!beside) return [];
      const [part] = row.parts;
      const same = beside.parts.find(({ name, unit }) =>
        name === part?.name && unit === part.unit
      );
      const scale = partScale(own, part ?? { unit: "decades" });
      const label = part && partLabel(row, part);
      return [opinion(own.id, row.workload, scale, [
        { state: row.state, finding: part?.finding, label },
        { state: beside.state, finding: same?.finding, label },
      ])];
    });
  });
  return [...controls, ...claims].filter(({ own, published }) =>
    [own, published].every(({ state }) => state !== "NOT APPLICABLE") &&
    [own, published].some(({ state }) => !ABSENT.has(state))
  );
}

/** The row of the same workload. */
function on<Row extends { readonly workload: WorkloadName }>(
  { workload: { dataset, model } }: Row,
  rows: readonly Row[],
): Row | undefined {
  return rows.find(({ workload }) =>
    workload.dataset === dataset && workload.model === model
  );
}

function opinion(
  number: string,
  workload: WorkloadName,
  scale: VerdictScale,
  sides: readonly Side[],
): Opinion {
  const [own, published] = sides as [Side, Side];
  const apart = areApart(own.finding, published.finding);
  const agreement = agreementOf(own.state, published.state, apart);
  return { number, workload, own, published, agreement, apart, scale };
}

/** No verdict was asked for, or none could be given. */
const ABSENT: ReadonlySet<AnyState> = new Set<AnyState>([
  ...["NOT RUN", "NOT CHECKED", "NOT CALIBRATED"] as const,
  ...["INVALID(edge)", "INVALID(flat)", "INVALID(diverged)"] as const,
]);

const UNDECIDED: ReadonlySet<AnyState> = new Set<AnyState>([
  "INCONCLUSIVE",
  "NO VERDICT",
]);

function agreementOf(
  own: AnyState,
  published: AnyState,
  apart: boolean | null,
): Agreement {
  if (ABSENT.has(own) || ABSENT.has(published)) return "open";
  if (apart) return "differs";
  if (plain(own) === plain(published)) return "agrees";
  return UNDECIDED.has(own) || UNDECIDED.has(published)
    ? "compatible"
    : "differs";
}

function plain(state: AnyState): AnyState {
  return state === "REFUTED(bound)" ? "REFUTED" : state;
}

/**
 * Whether the 90% interval of the difference of two independent estimates leaves out zero. Its half
 * width is the root of the sum of the squares of both half widths (Zou and Donner, Statistics in
 * Medicine 27, 2008), with both allowances for bias added as they are.
 */
function areApart(
  one: Finding | undefined,
  other: Finding | undefined,
): boolean | null {
  if (one?.kind !== "estimate" || other?.kind !== "estimate") return null;
  const [a, b] = [one.estimate, other.estimate];
  if (Math.min(a.n, b.n) < 2) return null;
  const width = Math.hypot(noise(a), noise(b)) + a.allowance + b.allowance;
  return Math.abs(a.mean - b.mean) > width;
}

function noise({ interval90: { low, high }, allowance }: Estimate): number {
  return (high - low) / 2 - allowance;
}

/**
 * The published study's verdicts beside those of the heaviest profile here. Nothing where this is
 * that study, or there is no verdict to hold against another.
 */
export function secondOpinion(
  own: SiteContent,
  published: SiteContent,
): Content {
  const [[ours], [theirs]] = [own.registers, published.registers];
  if (!ours || !theirs) return null;
  const runs = runsOf(own, ours.profile);
  const theirRuns = runsOf(published, theirs.profile);
  const shared = [...runs].filter((id) => theirRuns.has(id)).length;
  if (shared === runs.size) return null; // nothing here that is not there
  const all = opinions(ours, theirs);
  return sideBySide(all, {
    id: "second-opinion",
    title: "The published study beside yours",
    columns: [
      ["Yours", ours.profile],
      ["Published", theirs.profile],
    ],
    setting: `${sharedWords(shared)}${
      setting(workloadsOf(own), workloadsOf(published), ", yours first")
    }`,
  });
}

/** Where the same store holds the profile's study trained another way: what that changed. */
export function replications(evidence: SiteContent): Content {
  const [first, ...others] = evidence.registers;
  // A profile without what was changed of it.
  const planOf = ({ profile }: Register) => profile.split(" ")[0];
  const ofProfile = ({ profile }: Register) =>
    workloadsOf(evidence).filter(({ study }) => study.profile === profile);
  return others.filter((it) => planOf(it) === planOf(first!))
    .map((other, i) =>
      sideBySide(
        opinions(first!, other).filter(({ agreement }) => agreement !== "open"),
        {
          id: `again-${i + 1}`,
          title: "The same study, trained twice",
          columns: [["First", first!.profile], ["Again", other.profile]],
          setting: `No run is in both${
            setting(ofProfile(first!), ofProfile(other), "")
          } The seeds are the same: this shows what machine and rounding change, not other seeds.`,
        },
      )
    );
}

function sideBySide(
  all: readonly Opinion[],
  { id, title, columns, setting }: {
    readonly id: string;
    readonly title: string;
    readonly columns: readonly (readonly [name: string, profile: string])[];
    readonly setting: string;
  },
): Content {
  if (all.length === 0) return null;
  return html`
    <section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
      <p><b>${summary(all)}</b> ${setting} Two numbers differ
    where the 90% interval of their difference leaves out zero: of ten pairs that measure the same, one
    does so by chance.</p>
      <div class="scroll" role="region"
        aria-label="${title}, verdicts side by side"
        tabindex="0">
        <table class="opinions" aria-labelledby="${id}">
          ${tableHead([
            "What",
            ...columns.map(([name, profile]) =>
              html`${name} <small>${profileWords(profile)}</small>`
            ),
            "Together",
          ])}
          <tbody>${all.map(row)}</tbody>
        </table>
      </div>
    </section>
  `;
}

function workloadsOf({ experiments }: SiteContent): StudyRuns[] {
  return experiments.flatMap(({ workloads }) => workloads);
}

function runsOf(evidence: SiteContent, profile: string): Set<string> {
  const runs = distinctRuns(
    workloadsOf(evidence).filter(({ study }) => study.profile === profile),
  );
  return new Set(runs.filter(isDoneTrial).map(({ runId }) => runId));
}

/** `Of 6 verdicts that both have, 4 agree, 1 differs (H3 on the ViT).` */
function summary(all: readonly Opinion[]): string {
  const both = all.filter(({ agreement }) => agreement !== "open");
  if (both.length === 0) return "No verdict is there on both sides yet.";
  const of = (kind: Agreement, one: string, more: string) => {
    const found = both.filter(({ agreement }) => agreement === kind);
    const words = `${found.length} ${found.length === 1 ? one : more}`;
    const named = found.map(({ number, workload }) =>
      `${number} on ${shortWorkloadName(workload)}`
    );
    return { found, words, named };
  };
  const agree = of("agrees", "agrees", "agree");
  const undecided = of("compatible", "is undecided", "are undecided");
  const differ = of("differs", "differs", "differ");
  return `Of ${formatCount(both.length, "verdict")} that both have, ${
    formatList([
      agree.words,
      ...undecided.found.length > 0 ? [undecided.words] : [],
      differ.named.length > 0
        ? `${differ.words} (${formatList(differ.named)})`
        : differ.words,
    ])
  }.`;
}

/** What an arm decides, not a study; and a digest, which says no more than the sizes do. */
const NOT_SETTINGS = [
  "seed",
  "optimizer",
  "learningRate",
  "weightDecay",
  "datasetDigest",
];

/** Settings for people; one that is not known stands for itself. */
const SETTING_WORDS: Readonly<Record<string, string>> = {
  trainSize: "training images",
  valSize: "validation images",
  batchSize: "images a batch",
  epochs: "epochs",
  "model.widths": "channels of the CNN",
  "model.patch": "pixels of a patch's side",
  "model.dim": "width of the ViT",
  "model.depth": "blocks of the ViT",
  "model.heads": "heads of the ViT",
};

function sharedWords(count: number): string {
  if (count === 0) return "No run is in both";
  return count === 1
    ? "One run is in both"
    : `${formatCount(count, "run")} are in both, and pull them together`;
}

/** In what the studies themselves differ, which may be why their verdicts do. */
function setting(
  own: readonly StudyRuns[],
  theirs: readonly StudyRuns[],
  order: string,
): string {
  const differing = new Set(own.flatMap((mine) => {
    const { experiment, dataset, model } = mine.study;
    const same = theirs.find(({ study }) =>
      study.experiment === experiment && study.dataset === dataset &&
      study.model === model
    );
    return same ? settingsApart(mine, same) : [];
  }));
  return differing.size === 0
    ? "; both train with the same settings."
    : `. The studies train differently: ${formatList([...differing])}${order}.`;
}

/** `training images 1000 / 4000`: what all runs of a workload share, where the other's share another. */
function settingsApart(one: StudyRuns, other: StudyRuns): string[] {
  const theirs = new Map(sharedConfig(other).shared);
  return sharedConfig(one).shared.flatMap(([name, value]) => {
    const against = theirs.get(name);
    return against === undefined || against === value ||
        NOT_SETTINGS.includes(name)
      ? []
      : [`${SETTING_WORDS[name] ?? name} ${value} / ${against}`];
  });
}

function row(one: Opinion): Content {
  const { number, workload, own, published, scale } = one;
  return html`
    <tr>
      <th scope="row"><span class="number-of">${number}</span> ${workloadName(
        workload,
      )}</th>
      <td>${side(own, scale)}</td>
      <td>${side(published, scale)}</td>
      <td class="agreement ${one.agreement}">${togetherWords(one)}</td>
    </tr>
  `;
}

function side(
  { state, finding, label }: Side,
  scale: VerdictScale,
): Content {
  const estimate = finding?.kind === "estimate" && finding.estimate;
  return html`${smallBadge(state)}${
    estimate && html`
      <small>${label && `${label} `}${scale.format(
        estimate.mean,
      )}${estimate.n > 1 &&
        ` (${formatInterval(estimate.interval90, scale)})`}, ${formatCount(
          estimate.n,
          "seed",
        )}</small>
    `
  }`;
}

function togetherWords({ agreement, apart, own, published }: Opinion): string {
  switch (agreement) {
    case "agrees":
      return "agree";
    case "compatible":
      return apart === null
        ? "no contradiction: one is undecided"
        : "no contradiction: one is undecided, the numbers agree";
    case "differs":
      return apart ? "the numbers differ" : "the verdicts differ";
    case "open":
      return ABSENT.has(own.state) && ABSENT.has(published.state)
        ? "neither has a verdict"
        : ABSENT.has(own.state)
        ? "yours has no verdict"
        : "the published study has none";
  }
}
