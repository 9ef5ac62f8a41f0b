import { contains } from "../../data/statistics/estimate.ts";
import { stepRatio } from "../../data/statistics/mechanism.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { formatList } from "../../data/text.ts";
import { renderFigure } from "../charts/figure.ts";
import { RATIO_SCALE } from "../charts/scales.ts";
import type { SiteContent } from "../content.ts";
import {
  describeRatios,
  describeSwitchesOff,
  type MechanismGroup,
  mechanismOf,
  RATE_EXPERIMENTS,
  ratioByEntries,
  switchesOff,
  WIDTH_EXPERIMENTS,
} from "../figures/mechanism.ts";
import {
  bullets,
  type Content,
  html,
  numericCells,
  tableHead,
} from "../html.ts";
import { formatInteger, formatPercent, formatRatio } from "../numbers.ts";
import { datasetName, modelName, profileWords } from "../words.ts";

/** Why ten times: the project's prediction, beside what was measured. */
export async function mechanismPage(
  { experiments }: Pick<SiteContent, "experiments">,
): Promise<Content> {
  const groups = mechanismOf(experiments);
  const sections = await Array.fromAsync(
    groups,
    (group, index) => groupSection(`group-${index + 1}`, group),
  );
  return html`
    <p class="eyebrow">Mechanism</p>
    <h1>Why would it be ten times?</h1>
    <p
      class="lead">The shapes of a network's tensors predict how much higher SING's best learning rate lies,
    before any training.</p>
    ${groups.map(answerOf)}
    ${PREDICTION}
    ${groups.length > 0
      ? sections
      : html`<p>Nothing was measured yet: neither <code>${
        formatList(RATE_EXPERIMENTS)
      }</code> nor <code>${formatList(WIDTH_EXPERIMENTS)}</code> has
        been run with a profile that measures.</p>`}
  `;
}

const PREDICTION = html`
  <section aria-labelledby="prediction">
    <h2 id="prediction">The prediction</h2>
    <p>It is this project's own and unpublished, so it is put to the test like any claim. SING divides
    each tensor's gradient by its norm: in a tensor of D numbers the entries are then near 1/√D. Where
    Adam would divide by their size, SING divides by a softplus, which never falls below ln 2 / 50 ≈ 0.014.
    In a large tensor that floor is larger than the entries, and SING's step is smaller than Adam's
    by a factor R(D) = (√D / 50) ln(1 + exp(50 / √D)). LookAhead then goes half of the way. To move as far,
    SING needs a learning rate 2R(D) times AdamW's.</p>
    <p>That is 2 for small tensors, 10 near D = 100,000, and more above. A network's R is the mean of
    ln R(D) over its matrices and kernels, weighted by D; in the charts it stands at the D of a tensor
    with the same R.</p>
    <p><b>If points follow the curve</b>, tenfold is a matter of size: the rule would hold for networks near one
    size and fail for smaller and larger ones. <b>If they do not</b>, steps of equal length are not what makes a
    learning rate the best one, or the floor does not act as thought. Switching softplus or LookAhead off
    tells which part fails: without softplus 2 is predicted, without LookAhead R, without both 1.</p>
  </section>
`;

async function groupSection(
  id: string,
  { profile, dataset, networks, switched, widthAsked }: MechanismGroup,
): Promise<Content> {
  return html`
    <section aria-labelledby="${id}">
    <h2 id="${id}">${datasetName(
      dataset,
    )} <small>${profileWords(profile)}</small></h2>
    ${!widthAsked &&
      html`<p>The experiment <code>${
        formatList(WIDTH_EXPERIMENTS)
      }</code> was not run with this profile: only the networks of
        <code>${
        formatList(RATE_EXPERIMENTS)
      }</code> are here, and none with its switches off.</p>`}
    ${await renderFigure({
      id: `${id}-sizes`,
      title: "Measured ratio by the size of the tensors",
      measure: "best learning rate of SING, over AdamW's",
      reading:
        `Small points are seeds, the large point their mean, the bar its 90% interval.${
          networks.some(({ ratios }) => ratios[0]?.measured.kind === "range")
            ? " An arrow means that the grid left one side open."
            : ""
        } The curve is the prediction, 2R(D).`,
      inNumbers: describeRatios(networks),
      spec: ratioByEntries(networks),
      absent: describeRatios(networks),
    })}
    ${tensorTables(networks)}
    ${widthAsked && await renderFigure({
      id: `${id}-switches`,
      title: "SING's switches off in turn",
      reading:
        "Small points are seeds, the large point their mean, the bar its 90% interval. The hollow diamond is the prediction: with all switches 2R, without softplus 2, without LookAhead R, without both 1.",
      inNumbers: describeSwitchesOff(switched),
      spec: switchesOff(switched),
      absent: describeSwitchesOff(switched) ||
        "No network was planned with its switches off.",
    })}
    </section>
  `;
}

type Networks = MechanismGroup["networks"];

/** What was predicted and found, network by network. */
function answerOf({ profile, dataset, networks }: MechanismGroup): Content {
  const measured = networks.flatMap(({ model, ratios: [ratio] }) =>
    ratio?.predicted && ratio.measured.kind === "estimate"
      ? [{ model, predicted: ratio.predicted, found: ratio.measured.estimate }]
      : []
  );
  if (measured.length === 0) return null;
  const holding = measured.filter(({ predicted, found }) =>
    contains(found.interval90, Math.log10(predicted))
  );
  return html`
    <section class="answer" aria-label="What was found on ${datasetName(
      dataset,
    )}, ${profileWords(
      profile,
    )}">
      <p><b>${datasetName(dataset)}, ${profileWords(
        profile,
      )}: the prediction lies
      in the 90% interval of ${holding.length} of ${measured
        .length} networks.</b></p>
      ${bullets(
        measured.map((it) =>
          `${modelName(it.model)}: predicted ${
            formatRatio(it.predicted)
          }, measured ${formatRatio(10 ** it.found.mean)} (${
            formatInterval(it.found.interval90, RATIO_SCALE)
          }): ${holding.includes(it) ? "holds" : "misses"}.`
        ),
      )}
    </section>
  `;
}

/** The tensors of the group's networks with what each predicts, largest first. */
function tensorTables(networks: Networks): Content {
  return networks.map(({ model, shapes }) => {
    const all = shapes.filter(({ length }) => length > 1);
    if (all.length === 0) return null;
    const groups = Map.groupBy(all, (shape) => shape.join(" × "));
    const total = all.reduce((sum, shape) => sum + entriesIn(shape), 0);
    const rows = [...groups].toSorted(([, [a]], [, [b]]) =>
      entriesIn(b!) - entriesIn(a!)
    );
    return html`
      <details>
        <summary>The tensors of ${modelName(model)}</summary>
        <table>
          ${tableHead(["Shape"], [
            "How many",
            "D",
            "2R(D)",
            "Share of the weights",
          ])}
          <tbody>${rows.map(([shape, same]) => {
            const entries = entriesIn(same[0]!);
            return html`
              <tr>
                <th scope="row">${shape}</th>
                ${numericCells([
                  same.length,
                  formatInteger(entries),
                  formatRatio(2 * stepRatio(entries)),
                  formatPercent(same.length * entries / total),
                ])}
              </tr>
            `;
          })}</tbody>
        </table>
      </details>
    `;
  });
}

function entriesIn(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
