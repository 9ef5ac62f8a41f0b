import { armLabel } from "../charts/arm_style.ts";
import { describeNormTrends } from "../charts/describe_norm_trends.ts";
import { describeTensorNorms } from "../charts/describe_tensor_norms.ts";
import { normTrends } from "../charts/norm_trends.ts";
import { tensorNorms } from "../charts/tensor_norms.ts";
import type { ArmTraces } from "../gradient_traces.ts";
import { type Content, html } from "../html.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** Gradient norms of the arms that recorded them, and which seeds raise H6's alarm. */
export async function gradientSection(
  id: string,
  traces: readonly ArmTraces[],
): Promise<Content> {
  const title = "Gradient norms and the alarm";
  if (traces.length === 0) {
    return absentFigure(title, "No run has recorded its gradient norms yet.");
  }
  const figures: Content[] = [];
  for (const [index, arm] of traces.entries()) {
    figures.push(await trendFigure(`${id}-norms-${index + 1}`, arm));
  }
  return html`
    <h3>${title}</h3>
    <p>The README's alarm: “if the training loss decreases while the gradient norm increases”. A seed
    raises it if both happen. The steps after warmup are cut into twenty equal parts; over their medians
    the loss must fall (rank correlation with the step −0.5 or less) and the joint norm of the gradients of
    LayerNorm and LayerScale must rise (0.5 or more). Neither trend alone is an alarm.</p>
    ${figures}
    ${await tensorFigure(id, traces)}
  `;
}

async function trendFigure(id: string, arm: ArmTraces): Promise<Content> {
  const title = `${armLabel(arm.arm)}: loss and gradient norm by step`;
  const spec = normTrends(arm);
  if (!spec) {
    return absentFigure(title, "No run was watched from warmup to its end.");
  }
  return await renderFigure({
    id,
    title,
    reading:
      "Above the loss, below the norm of the gradients of LayerNorm and LayerScale together: a line a seed, medians over twentieths of the steps after warmup, both axes logarithmic. Bold lines in colour are seeds that raise the alarm, thin grey ones seeds that do not.",
    inNumbers: describeNormTrends(arm),
    spec,
  });
}

async function tensorFigure(
  id: string,
  traces: readonly ArmTraces[],
): Promise<Content> {
  const title = "Gradient norms of every tensor";
  const spec = tensorNorms(traces);
  if (!spec) return absentFigure(title, "No norm was a number above 0.");
  return await renderFigure({
    id: `${id}-tensors`,
    title,
    reading:
      "Each row is a tensor, a number in front its block; each arm has five columns from the end of warmup to the end of training; a cell is the geometric mean over seeds of the median norm, taken before the optimizer touches the gradient.",
    inNumbers: describeTensorNorms(traces),
    spec,
  });
}
