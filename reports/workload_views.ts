import { type Curve, curveOf } from "./curve.ts";
import type { ReadRun } from "./downloads.ts";
import { gradientTraces } from "./gradient_traces.ts";
import type { WorkloadView } from "./pages/workload_section.ts";
import { shownSeries } from "./shown_series.ts";
import type { Workload } from "./workload.ts";

/** Workloads as a page shows them, with what has to be read from their runs. */
export function viewsOf(
  workloads: readonly Workload[],
  read: ReadRun,
): WorkloadView[] {
  return workloads.map((workload, index) => ({
    id: `workload-${index + 1}`,
    workload,
    curves: bestCurves(workload, read),
    traces: gradientTraces(workload, read),
  }));
}

function bestCurves(workload: Workload, read: ReadRun): Curve[] {
  return shownSeries(workload).flatMap((one) => {
    if (!one.best) return [];
    const runs = one.best.results.flatMap(({ run }) =>
      run ? read(run.id) ?? [] : []
    );
    return [curveOf(one, one.best.learningRate, runs)];
  });
}
