import { absentFigure, renderFigure } from "../charts/figure.ts";
import type { Evidence } from "../evidence.ts";
import {
  describeRatios,
  describeSwitchesOff,
  type MechanismGroup,
  mechanismOf,
  switchesOff,
} from "../figures/mechanism.ts";
import { ratioByEntries } from "../figures/ratio_by_entries.ts";
import { type Content, html } from "../html.ts";
import { datasetName, profileWords } from "../words.ts";

/** Why ten times: the project's prediction, beside what was measured. */
export async function mechanismPage(
  { experiments }: Pick<Evidence, "experiments">,
): Promise<Content> {
  const groups = mechanismOf(experiments);
  const sections: Content[] = [];
  for (const [index, group] of groups.entries()) {
    sections.push(await groupSection(`group-${index + 1}`, group));
  }
  return html`
    <p class="eyebrow">Mechanism</p>
    <h1>Why ten times?</h1>
    <p
      class="lead">A prediction from the shapes of a network's tensors, made before any training, beside
    what training shows.</p>
    ${prediction}
    ${groups.length > 0
      ? sections
      : html`<p>Nothing was measured yet: neither <code>learning_rate</code> nor <code>width</code> has
        been run with a profile that measures.</p>`}
  `;
}

const prediction = html`
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
      html`<p>The experiment <code>width</code> was not run with this profile: only the networks of
        <code>learning_rate</code> are here, and none with its switches off.</p>`}
    ${await sizeFigure(id, networks)}
    ${widthAsked && await switchesFigure(id, switched)}
    </section>
  `;
}

type Networks = MechanismGroup["networks"];

async function sizeFigure(id: string, networks: Networks): Promise<Content> {
  const title = "Measured ratio by the size of the tensors";
  const spec = ratioByEntries(networks);
  const inNumbers = describeRatios(networks);
  if (!spec) return absentFigure(title, inNumbers);
  return await renderFigure({
    id: `${id}-sizes`,
    title,
    measure: "best learning rate of SING, over AdamW's",
    reading:
      "Small points are seeds, the large point their mean, the bar its 90% interval. An arrow means that the grid left one side open. The curve is the prediction, 2R(D).",
    inNumbers,
    spec,
  });
}

async function switchesFigure(
  id: string,
  networks: Networks,
): Promise<Content> {
  const title = "SING's switches off in turn";
  const spec = switchesOff(networks);
  if (!spec) {
    const words = describeSwitchesOff(networks);
    return absentFigure(
      title,
      words || "No network was planned with its switches off.",
    );
  }
  return await renderFigure({
    id: `${id}-switches`,
    title,
    reading:
      "Small points are seeds, the large point their mean, the bar its 90% interval. The hollow diamond is the prediction: with all switches 2R, without softplus 2, without LookAhead R, without both 1.",
    inNumbers: describeSwitchesOff(networks),
    spec,
  });
}
