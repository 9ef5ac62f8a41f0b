import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CLAIMS } from "../../data/verdicts/claims.ts";
import type { State } from "../../data/statistics/verdict.ts";
import type {
  ClaimRow,
  Register,
  VerdictPart,
} from "../../data/verdicts/register.ts";
import { gatherContent } from "../content.ts";
import { html } from "../html.ts";
import { visibleText } from "../testdata/charts.ts";
import {
  CNN,
  comparisonPart,
  exampleComparison,
  exampleRegister,
  exampleRow,
  exampleUsually,
  VIT,
} from "../testdata/register.ts";
import { exampleStudy, memoryStore } from "../testdata/studies.ts";
import {
  answers,
  claimNumbers,
  refutedInPart,
  scaleOfStudy,
} from "./answer.ts";
import { glance, otherRegisters, registerSection } from "./index_page.ts";
import {
  CONTROL_WORDS,
  LABEL_WORDS,
  meaningOf,
  STATE_WORDS,
  stateAnchor,
} from "./verdict_badge.ts";

const example = exampleStudy({ optima: { adamw: -3, sing: -2 } });
const { experiments } = gatherContent(memoryStore([example]));
const { profile } = example.study;

describe("answers", () => {
  const [sing, ...guests] = answers(exampleRegister(profile), experiments);

  it("says the ratio first, with its interval, seeds and network", () => {
    assert.match(
      sing!.first[0]!,
      /^SING's best learning rate was 7\.6 times AdamW's \(90% interval \S+ to \S+, 10 seeds\) with the residual CNN and 2\.2 times/,
    );
    assert.deepEqual(guests, []);
  });

  it("sets SING against AdamW, without a verdict", () => {
    assert.ok(
      sing!.first.some((it) => /from AdamW's by .*no verdict\.$/.test(it)),
    );
  });

  it("keeps claims of several numbers for who asks", () => {
    assert.ok(sing!.more.some((it) => it.startsWith("H4 with the")));
    assert.ok(!sing!.first.some((it) => it.startsWith("H4 with")));
  });

  it("says nothing of what has not run", () => {
    const none = { ...exampleRegister(profile), claims: [] };
    assert.deepEqual(answers(none, []), []);
  });
});

describe("claimNumbers", () => {
  it("puts a noun to each number, and has none where there is none", () => {
    const { claims } = exampleRegister();
    assert.equal(claimNumbers(claims[0]!), "best rate 7.6× and 2.2× AdamW's");
    assert.equal(claimNumbers({ ...claims[0]!, workloads: [] }), "");
    const bound = claims[0]!.workloads.map((row) => ({
      ...row,
      parts: row.parts.map((part) => ({
        ...part,
        finding: {
          kind: "range" as const,
          range: { low: 1, high: Infinity },
          n: 10,
          because: "no edge" as const,
        },
      })),
    }));
    assert.equal(
      claimNumbers({ ...claims[0]!, workloads: bound }),
      "best rate at least 10× and at least 10× AdamW's",
    );
    // As quick has it for weight decay: losses, of which none is a ratio.
    const asLoss = claims[0]!.workloads.map((row) => ({
      ...row,
      parts: row.parts.map((part) => ({ ...part, unit: "y" as const })),
    }));
    assert.equal(claimNumbers({ ...claims[0]!, workloads: asLoss }), "");
  });

  // What an example's parts come to, of another claim's kinds.
  const as = (id: string, ...states: State[]): ClaimRow => {
    const claim = CLAIMS.find((it) => it.id === id)!;
    const [row] = exampleRegister().claims;
    const [{ parts: [part], ...rest }] = row!.workloads as [
      ClaimRow["workloads"][0],
    ];
    const unit = claim.parts[0].kind === "slope" ? "slope" : "decades";
    const workloads = states.map((state) => ({
      ...rest,
      state,
      parts: claim.parts.map(({ name, kind }): VerdictPart => ({
        ...part!,
        name,
        unit: kind === "not worse" ? "y" : unit,
        ...state === "NO OPTIMUM" && kind.startsWith("decay") && {
          state,
          finding: { kind: "invalid", n: 6, because: "no gain" },
        },
      })),
    }));
    return { ...row!, claim, workloads };
  };
  for (
    const [what, row, said] of [
      [
        "both lists of H4",
        as("H4", "REFUTED", "NO OPTIMUM"),
        /^best rate \S+ and \S+; best weight decay \S+$/,
      ],
      ["that a slope is one", as("T1", "SUPPORTED"), /^slope 0\.88 \(1 is/],
      [
        "whose norms are frozen",
        as("H7", "SUPPORTED"),
        /^SING, frozen: .* loss$/,
      ],
    ] as const
  ) {
    it(`says ${what}`, () => assert.match(claimNumbers(row), said));
  }
});

describe("a claim that a list brings", () => {
  it("has its line, its row and its picture on the page, in its own words", async () => {
    const claim = {
      ...CLAIMS[4]!,
      ...{ id: "H8", shortName: "Constant first", tried: "constant" },
      parts: [{ ...CLAIMS[4]!.parts[1]!, question: "H8", name: "both" }],
    } as const;
    const compared = exampleComparison(0.003);
    const row: ClaimRow = {
      ...exampleRegister().claims[4]!,
      ...{ claim, state: "SUPPORTED" },
      workloads: [exampleRow(CNN, [comparisonPart("both", compared)])],
    };
    const { claims, ...rest } = exampleRegister();
    const register = { ...rest, claims: [...claims, row] };
    const line = visibleText(html`${glance([register])}`.source);
    assert.match(line, /H8 Constant first constant: \+0\.30% loss/);
    const page = await sectionOf(register);
    const article = page.slice(page.indexOf('id="h8"'));
    assert.match(visibleText(article), /\+0\.30% loss 90% interval/);
    assert.match(article, /<svg/);
  });
});

describe("refutedInPart", () => {
  it("sees a refuted number where the verdict has not been run", () => {
    const [row] = exampleRegister().claims;
    const [workload] = row!.workloads;
    const parts = workload!.parts.map((part) => ({
      ...part,
      state: "REFUTED" as const,
    }));
    const half = { ...row!, workloads: [{ ...workload!, parts }] };
    assert.equal(refutedInPart({ ...half, state: "NOT RUN" }), true);
    assert.equal(refutedInPart({ ...half, state: "REFUTED" }), false);
  });
});

describe("scaleOfStudy", () => {
  it("says what was trained, once a network", () => {
    const { workloads } = experiments[0]!;
    const said = scaleOfStudy([...workloads, ...workloads]);
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /training images, [\d,]+ steps? \(\d+ epochs?\) a run/,
    );
  });
});

const titles = new Map([["learning_rate", "Learning rate"], ["rule", "Rule"]]);

describe("glance", () => {
  it("lists controls first, then every claim with its state", () => {
    const text = visibleText(html`${glance([exampleRegister()])}`.source);
    const order = ["Control", "CALIBRATED", "UNDERPOWERED", "H1", "H2", "H7"];
    const places = order.map((word) => text.indexOf(` ${word} `));
    assert.deepEqual(places, [...places].sort((a, b) => a - b));
    assert.match(
      text,
      /H3 The highest rate before it breaks breaks [\d.]+× .*?above the best rate REFUTED/,
    );
  });

  it("begins with how many rules hold, without claims of this project's own", () => {
    const { claims, ...rest } = exampleRegister();
    const own = { ...claims[0]!, claim: CLAIMS.find(({ id }) => id === "T1")! };
    const register = { ...rest, claims: [...claims, own] };
    assert.match(
      visibleText(html`${glance([register])}`.source),
      /^\s*SING's 7 rules: 3 INCONCLUSIVE, 1 REFUTED, 1 NOT RUN, 1 SUPPORTED, 1 NOT CALIBRATED\./,
    );
  });

  it("names networks whose controls agree in one row, and counts verdicts that do not", () => {
    const { controls: [first], ...rest } = exampleRegister();
    const other = { ...first!, workload: { ...VIT, dataset: "cifar-10" } };
    const text = visibleText(
      html`${glance([{ ...rest, controls: [first!, other] }])}`.source,
    );
    assert.match(
      text,
      /Control Fashion-MNIST subset CNN and CIFAR-10 ViT planted 7\.9×, found (\S+) and \1 CALIBRATED H1/,
    );
    assert.match(
      text,
      /AdamW's; of 2 networks 1 SUPPORTED, 1 INCONCLUSIVE INCONCLUSIVE/,
    );
  });

  it("shows what only another register ran, and where", () => {
    const { claims, ...rest } = exampleRegister();
    const without = {
      ...rest,
      claims: claims.map((row) => ({ ...row, state: "NOT RUN" as const })),
    };
    const gpu = exampleRegister("standard --device gpu");
    const { source } = html`${glance([without, gpu])}`;
    assert.match(
      visibleText(source),
      /H3 .*above the best rate; on a GPU REFUTED/,
    );
    assert.match(source, /href="#register-2-h3"/);
  });

  it("says that nothing was checked where there is no control", () => {
    const register = { ...exampleRegister(), controls: [] };
    const text = visibleText(html`${glance([register])}`.source);
    assert.match(text, /Control of the instrument NOT CHECKED/);
  });
});

describe("registerSection", () => {
  let source: string;
  let text: string;
  beforeAll(async () => {
    source = await sectionOf(exampleRegister());
    text = visibleText(source);
  });

  it("shows the controls before any claim", () => {
    assert.ok(text.indexOf("planted: 7.9×") > 0);
    assert.ok(text.indexOf("planted: 7.9×") < text.indexOf("H1"));
  });

  it("quotes the README and says when a claim is supported", () => {
    assert.match(source, /<q>Usually, the best learning rate for SING/);
    assert.match(
      text,
      /Supported if SING's best learning rate is between 3× and 32×/,
    );
    assert.match(text, /Experiments: Learning rate , Rule \./);
  });

  it("gives each verdict its numbers, seeds, label and band in words", () => {
    assert.match(
      text,
      /SUPPORTED 10 seeds .*? 7\.6× AdamW's 90% interval 5\.\d× to 10×/,
    );
    assert.match(text, /band: between 3× and 32×/);
    assert.match(text, /the 90% interval holds 10×/);
    assert.match(text, /predicted by the mechanism: 6\.4×/);
    assert.match(text, /INCONCLUSIVE low power 10 seeds/);
    assert.match(text, /needs 34 seeds/);
    assert.match(text, /control: UNDERPOWERED/);
  });

  it("sets the regret of the rule beside H1 and H2", () => {
    const regrets = text.match(/regret of following the rule/g) ?? [];
    assert.equal(regrets.length, 4);
    assert.match(text, /following the rule is not worse, at a margin of 2%/);
    assert.match(text, /following the rule is worse, by more than 2%/);
    assert.match(text, /regret of following the rule: not run/);
  });

  it("says what is missing, and shows no number that is not there", () => {
    assert.match(text, /NOT RUN This profile leaves the experiment out/);
    assert.match(text, /NOT APPLICABLE The claim is about LayerNorm/);
    assert.match(
      text,
      /INVALID\(flat\) 10 seeds.*? no number the loss hardly/,
    );
    assert.match(text, /at most 1\.6× lower/);
    assert.doesNotMatch(text, /\b(NaN|undefined|null|Infinity)\b/);
  });

  it("withdraws the states of the parts where the control failed", () => {
    const last = text.slice(text.indexOf("Note the normalization"));
    const row = last.slice(0, last.indexOf("The same as data"));
    assert.match(row, /NOT CALIBRATED 20 seeds/);
    assert.doesNotMatch(row.slice(row.indexOf("20 seeds")), /SUPPORTED/);
  });

  it("draws a picture for each number, and no chart that needs the script", () => {
    const pictures = source.match(/<div class="picture"/g) ?? [];
    assert.equal(pictures.length, 2 + 4 + 2 + 2 + 2 + 4 + 1 + 2);
    assert.ok(!source.includes('class="chart"'));
    assert.ok(!/ style=/.test(source), "the page's policy forbids styles");
  });

  it("tells what a verdict means by a sign, a word and a link", () => {
    assert.match(
      source,
      /<a class="state is-decided" href="methods\.html#state-supported"[^>]*title="The runs agree/s,
    );
    assert.match(text, /What each verdict means SUPPORTED The runs agree/);
  });

  it("has names of data sets and networks as text", async () => {
    const workload = {
      dataset: "<script>alert(1)</script>",
      model: `"><img src=x onerror=alert(1)>`,
    };
    const [first] = exampleRegister().claims;
    const rows = [exampleRow(workload, [], { reason: "</td><b>" })];
    const hostile = await sectionOf({
      ...exampleRegister(),
      controls: [],
      claims: [{ ...first!, workloads: rows }],
    });
    assert.ok(!/<script>alert|<img|<b>/.test(hostile));
  });

  it("adds the workloads up from four on", async () => {
    const all = visibleText(await sectionOf(withClaims([exampleUsually()])));
    assert.match(all, /All 4 workloads SUPPORTED a point a workload/);
    assert.match(all, /nine in ten further workloads: \d/);
  });

  it("has one row for all that is missing for the same reason", async () => {
    const [claim] = exampleRegister().claims;
    const missing = claim!.workloads.map(({ workload }) =>
      exampleRow(workload, [], { reason: "no study of learning_rate" })
    );
    const all = visibleText(
      await sectionOf(withClaims([{ ...claim!, workloads: missing }])),
    );
    const said = all.match(/No study of learning rate\./g) ?? [];
    assert.equal(said.length, 1);
  });
});

describe("a verdict that lacks some of its numbers", () => {
  it("shows those that are there, and names the others", async () => {
    const lists = exampleRegister().claims[3]!;
    const [first] = lists.workloads;
    const [inside, listed] = first!.parts;
    const parts = [
      inside!,
      { ...listed!, state: "NOT RUN", finding: { kind: "missing" } } as const,
    ];
    const row = { ...first!, state: "NOT RUN", parts } as const;
    const claim = { ...lists, workloads: [row] };
    const text = visibleText(await sectionOf(withClaims([claim])));
    assert.match(text, /best learning rate SUPPORTED 3\.2e-2/);
    assert.match(text, /no number yet: best listed learning rate against/);
    assert.doesNotMatch(text, /no number runs are missing/);
  });
});

describe("otherRegisters", () => {
  it("folds lighter profiles, with addresses and files of their own", async () => {
    const quick = exampleRegister("quick");
    const { source } = html`${await otherRegisters([quick], titles)}`;
    assert.match(source, /<summary>The quick profile: /);
    assert.match(source, /id="register-2-h1"/);
    assert.match(source, /href="verdicts-quick\.json"/);
  });

  it("is nothing without any", async () => {
    assert.equal(html`${await otherRegisters([], titles)}`.source, "");
  });
});

async function sectionOf(register: Register): Promise<string> {
  return html`${await registerSection(register, titles)}`.source;
}

function withClaims(claims: readonly ClaimRow[]): Register {
  return { ...exampleRegister(), claims };
}

describe("what states mean", () => {
  const words = { ...STATE_WORDS, ...CONTROL_WORDS, ...LABEL_WORDS };
  // NOT CALIBRATED is a verdict's and a control's.
  const states = Object.keys(words);

  it("is said of each in another sentence", () => {
    const sentences = Object.values(words);
    assert.equal(new Set(sentences).size, sentences.length);
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/);
  });

  it("has a place of its own", () => {
    const anchors = states.map(stateAnchor);
    assert.equal(new Set(anchors).size, states.length);
    assert.equal(stateAnchor("REFUTED(bound)"), "state-refuted-bound");
    assert.equal(stateAnchor("low power"), "state-low-power");
  });

  it("is found by the state", () => {
    assert.equal(meaningOf("INCONCLUSIVE"), STATE_WORDS.INCONCLUSIVE);
    assert.equal(meaningOf("NOT CHECKED"), CONTROL_WORDS["NOT CHECKED"]);
  });
});
