/** What a newer study changed against an older one: which verdicts, and what may have changed them. */
import type { Study } from "../runs/record.ts";
import type { RunStore } from "../runs/store.ts";
import { evidenceOf, profilesOf } from "../runs/study.ts";
import { registerOf } from "./judge.ts";
import type { Claim } from "./claims.ts";
import type { ClaimRow, Register, VerdictRow } from "./register.ts";
import { detailOf } from "./summary.ts";

/** A published study as far as another is compared with it. */
export interface Edition {
  /** Days of its first and last run, `2026-11-26`; empty without a run. */
  readonly days: readonly [first: string, last: string] | readonly [];
  readonly runs: number;
  readonly register: Register | null;
  readonly studies: readonly Study[];
}

/** A verdict that is another now, or a number under the same word. */
export interface Change {
  readonly claim: Claim;
  readonly on: string;
  readonly before: string;
  readonly now: string;
  /** Whether the word changed, and not its numbers alone. */
  readonly isVerdict: boolean;
}

export interface Changes {
  readonly verdicts: readonly Change[];
  /** What the two studies did otherwise, by their own descriptions. */
  readonly causes: readonly Cause[];
}

/** One line of how studies were made, as it was and as it is. */
export interface Cause {
  /** A network, or the experiments. */
  readonly of: readonly string[];
  readonly before: string | null;
  readonly now: string | null;
}

/** The weightiest profile of a store. */
export function editionOf(store: RunStore): Edition {
  const { studies } = store.studies();
  const [profile] = profilesOf(studies);
  const ofProfile = studies.filter((it) => it.profile === profile);
  const asked = new Set(
    ofProfile.flatMap(({ cases }) => cases.map(({ runId }) => runId)),
  );
  const runs = store.list().runs.filter(({ id }) => asked.has(id));
  const days = runs.map(({ header }) => header.startedAt.slice(0, 10)).sort();
  return {
    days: days.length > 0 ? [days[0]!, days.at(-1)!] : [],
    runs: runs.length,
    register: profile === undefined
      ? null
      : registerOf(evidenceOf(store), profile),
    studies: ofProfile,
  };
}

/** What is otherwise now. Claims that neither study ran are left out. */
export function changesBetween(before: Edition, now: Edition): Changes {
  const old = verdictsOf(before);
  const verdicts = [...verdictsOf(now)].flatMap(([key, one]): Change[] => {
    const past = old.get(key);
    const words = past?.words ?? "NOT RUN";
    if (one.words === words) return [];
    const { claim, on } = one;
    return [{
      ...{ claim, on, before: words, now: one.words },
      isVerdict: one.state !== (past?.state ?? "NOT RUN"),
    }];
  });
  return { verdicts, causes: causesOf(before.studies, now.studies) };
}

interface Said {
  readonly claim: Claim;
  readonly on: string;
  readonly state: string;
  /** The state with its numbers. */
  readonly words: string;
}

function verdictsOf({ register }: Edition): Map<string, Said> {
  const said = (register?.claims ?? []).flatMap((row) =>
    row.workloads.filter(({ state }) => state !== "NOT APPLICABLE")
      .map((it): [string, Said] => {
        const on = `${it.workload.model} on ${it.workload.dataset}`;
        return [`${row.claim.id} ${on}`, { ...saidOf(row, it), on }];
      })
  );
  return new Map(said);
}

function saidOf(row: ClaimRow, one: VerdictRow): Omit<Said, "on"> {
  const detail = one.state === "NOT RUN" ? "" : detailOf(row, one);
  return {
    claim: row.claim,
    state: one.state,
    words: one.state + (detail === "" ? "" : `, ${detail}`),
  };
}

/** By experiment and network: the lines of its description that differ, in the order of the newer. */
function causesOf(before: readonly Study[], now: readonly Study[]): Cause[] {
  const causes = now.flatMap((study) => {
    const past = before.find((it) =>
      it.experiment === study.experiment && it.dataset === study.dataset &&
      it.model === study.model
    );
    return past ? differing(past, study) : [];
  });
  const alike = Map.groupBy(causes, (it) => `${it.before}\n${it.now}`);
  return [...alike.values()].map((ofOne) => ({
    ...ofOne[0]!,
    of: [...new Set(ofOne.flatMap(({ of }) => of))],
  }));
}

/** Lines are told apart by the word before their colon: `Network`, `Data`. */
function differing(before: Study, now: Study): Cause[] {
  const [old, young] = [before, now].map(({ method }) =>
    new Map(method.map((line) => [line.split(":")[0]!, line]))
  );
  const heads = new Set([...young!.keys(), ...old!.keys()]);
  return [...heads].flatMap((head): Cause[] => {
    const [was, is] = [old!.get(head) ?? null, young!.get(head) ?? null];
    const of = head === "Network" ? now.model : now.experiment;
    return was === is ? [] : [{ of: [of], before: was, now: is }];
  });
}
