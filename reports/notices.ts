import type { RunHeader } from "../data/runs/record.ts";
import { trialState } from "../data/runs/study.ts";
import { questionsAsked } from "../data/verdicts/plans.ts";
import { formatList } from "../data/text.ts";
import { doneHeaders } from "./provenance.ts";
import { armLabel, seriesLabel } from "./charts/arm_style.ts";
import type { SiteContent } from "./content.ts";
import { compact, type Content, html } from "./html.ts";
import { formatCount, formatRate } from "./numbers.ts";
import { datasetNotes } from "./provenance.ts";
import { profileWords, workloadName } from "./words.ts";
import type { StudyRuns } from "./workload.ts";

/** Something a reader must know before he trusts a workload's numbers. */
export interface Notice {
  /** `warning` where a conclusion would be wrong, `note` where it would be early. */
  readonly level: "warning" | "note";
  readonly text: string;
  /** What it is about, where that is not plain from its place on the page. */
  readonly where?: string;
}

/** All that is missing, mixed or thin in a workload, the gravest first. */
export function noticesOf(workload: StudyRuns): Notice[] {
  const warnings = [mixedData, mixedCode, uncommitted, mixedBackends, failures];
  const notes = [gaps, unscored, scoutOnly, loneArm, noBest, edges, fewSeeds];
  return [
    ...said("warning", warnings.map((check) => check(workload))),
    ...said("note", [
      ...datasetNotes(workload),
      ...notes.map((check) => check(workload)),
    ]),
  ];
}

/** Undefined where there is nothing to say. */
type Remark = (workload: StudyRuns) => string | undefined;

function said(
  level: Notice["level"],
  texts: readonly (string | undefined)[],
): Notice[] {
  return compact(texts).map((text) => ({ level, text }));
}

const mixedData: Remark = ({ data }) =>
  data.length > 1
    ? `The runs are of ${data.length} data sets, on which no number can stand together: none is shown.`
    : undefined;

const mixedCode: Remark = (workload) => {
  const hashes = distinct(workload, ({ provenance }) => provenance.codeHash);
  if (hashes.length < 2) return undefined;
  const counts = hashes.map(([hash, count]) =>
    `${formatCount(count, "run")} by ${hash.slice(0, 8)}`
  );
  return `The runs were made by different code: ${
    formatList(counts)
  }. They may not be comparable; --fresh trains them again.`;
};

const uncommitted: Remark = (workload) => {
  const headers = doneHeaders(workload);
  const dirty = headers.filter(({ provenance }) => provenance.dirty).length;
  if (dirty === 0) return undefined;
  const which = dirty === headers.length
    ? "All runs"
    : `${formatCount(dirty, "run")} of ${headers.length}`;
  return `${which} came from code that was not committed; its hash is in every row.`;
};

const mixedBackends: Remark = (workload) => {
  const kinds = distinct(
    workload,
    ({ config }) => `${config.backend} on ${config.device}, ${config.jit}`,
  ).map(([kind]) => kind);
  if (kinds.length < 2) return undefined;
  return `The runs mix ways of computing: ${formatList(kinds)}.`;
};

const failures: Remark = ({ trials }) => {
  const failed = trials.filter((trial) => trialState(trial) === "failed");
  if (failed.length === 0) return undefined;
  const reasons = new Set(
    failed.map(({ summary }) => summary?.error ?? "no reason was recorded"),
  );
  return `${formatCount(failed.length, "run")} failed: ${
    [...reasons].slice(0, 3).join("; ")
  }.`;
};

/** Arms that stand beside a planted control gate nothing. */
const gaps: Remark = ({ study, trials }) => {
  const missing = trials.filter(({ fate }) => fate === "missing");
  if (missing.length === 0) return undefined;
  const control = questionsAsked(study).find(({ kind }) => kind === "control");
  return `${missing.length} of ${formatCount(trials.length, "planned run")} ${
    missing.length === 1 ? "is" : "are"
  } not there yet (${
    formatList([...new Set(missing.map(({ arm }) => armLabel(arm)))])
  }).${
    control && missing.every(({ arm }) => !control.arms.includes(arm))
      ? " They stand beside the control and are no gate."
      : ""
  }`;
};

const unscored: Remark = ({ trials }) => {
  const { length } = trials.filter(({ fate }) => fate === "unscored");
  if (length === 0) return undefined;
  return `${
    formatCount(length, "run")
  } recorded no loss from before training and count nowhere.`;
};

const scoutOnly: Remark = ({ stage }) =>
  stage === "scout"
    ? "Only the scout has run so far: it finds where to look, and answers nothing."
    : undefined;

const loneArm: Remark = ({ series }) => {
  const [only, ...others] = new Set(series.map(({ arm }) => arm));
  if (only === undefined || others.length > 0) return undefined;
  return `Only ${armLabel(only)} was run: there is nothing to compare it with.`;
};

const noBest: Remark = ({ series }) => {
  const lost = series.filter(({ best, rates }) =>
    !best && rates.some(({ n }) => n > 0)
  );
  if (lost.length === 0) return undefined;
  return `Every run of ${
    formatList(lost.map(seriesLabel))
  } diverged: there is no best learning rate.`;
};

const edges: Remark = ({ series }) => {
  const open = series.flatMap((one) => {
    if (!one.edge || !one.best) return [];
    const rate = formatRate(one.best.learningRate);
    return [
      `${seriesLabel(one)}'s best, ${rate}, is the ${one.edge} rate tried`,
    ];
  });
  if (open.length === 0) return undefined;
  return `${formatList(open)}: a better one may lie beyond.`;
};

/** Where looks decide when seeds stop, few of them are enough. */
const fewSeeds: Remark = ({ series, isNight }) => {
  if (isNight) return undefined;
  const counts = series.flatMap(({ rates }) => rates.map(({ n }) => n))
    .filter((n) => n > 0);
  const least = Math.min(...counts);
  if (counts.length === 0 || least >= 10) return undefined;
  const label = least < 5 ? "Preliminary" : "Low power";
  return `${label}: as few as ${
    formatCount(least, "seed")
  } at a learning rate, where 10 are wanted.`;
};

/** The values of something over the runs that are done, with how many runs have each. */
function distinct(
  workload: StudyRuns,
  value: (header: RunHeader) => string,
): [string, number][] {
  const groups = Map.groupBy(doneHeaders(workload), value);
  return [...groups].map(([key, runs]): [string, number] => [key, runs.length])
    .sort(([, a], [, b]) => b - a);
}

/** All that is missing, mixed or unreadable, over the whole site; nothing where there is nothing. */
export function siteNotices(evidence: SiteContent): Content {
  const notices = [...storeNotices(evidence), ...workloadNotices(evidence)];
  if (notices.length === 0) return null;
  return html`
    <section aria-labelledby="missing">
      <h2 id="missing">What to know before you conclude</h2>
      ${noticeList(notices)}
    </section>
  `;
}

function storeNotices({ unreadable, strayRuns }: SiteContent): Notice[] {
  const files = unreadable.map(({ path, reason }): Notice => ({
    level: "warning",
    text: `The file ${path} was not used: ${reason}.`,
  }));
  return strayRuns === 0 ? files : [...files, {
    level: "note",
    text: `${
      formatCount(strayRuns, "stored run")
    } belong to no experiment here and are not shown.`,
  }];
}

/** Of more workloads than this their experiments are named, whose pages have the rest. */
const MOST_NAMED = 4;

/** What is said of several workloads is said once, with all their names. */
function workloadNotices({ experiments }: SiteContent): Notice[] {
  const all = experiments.flatMap(({ title, workloads }) =>
    workloads.flatMap((workload) =>
      noticesOf(workload).map((notice) => ({
        ...{ notice, title, name: workloadName(workload.study) },
        profile: profileWords(workload.study.profile),
      }))
    )
  );
  const alike = Map.groupBy(
    all,
    ({ notice: { level, text } }) => `${level} ${text}`,
  );
  return [...alike.values()].map((same) => {
    const titles = Map.groupBy(same, ({ profile }) => profile).entries()
      .map(([profile, its]) =>
        `${profile}: ${formatList([...new Set(its.map((it) => it.title))])}`
      );
    const where = same.length > MOST_NAMED
      ? [...titles]
      : same.map(({ title, name, profile }) => `${title}: ${name}, ${profile}`);
    return { ...same[0]!.notice, where: where.join("; ") };
  });
}

/** Warnings and notes as a list; nothing where there are none. */
export function noticeList(notices: readonly Notice[]): Content {
  if (notices.length === 0) return null;
  return html`<ul class="notices">${
    notices.map(({ level, text, where }) =>
      html`<li class="${level}"><b>${
        level === "warning" ? "Warning" : "Note"
      }</b> ${text}${where && html`<small>${where}</small>`}</li>`
    )
  }</ul>`;
}
