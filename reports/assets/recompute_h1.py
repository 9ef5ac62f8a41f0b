"""H1 again from an experiment's rows: python3 recompute_h1.py learning_rate-runs.csv

Needs NumPy and SciPy. For studies of a fixed plan (every seed ran the whole grid). A seed's best
rate is the lowest point of a Gaussian process through ln(loss) over log10(rate) in cells of a
quarter decade: Matern 5/2, variance 0.36, length 4 cells, noise 0.000625, mean that of the seed.
"""
import csv, math, sys
from collections import defaultdict
import numpy as np
from scipy import stats

grids = defaultdict(lambda: defaultdict(list))
for row in csv.DictReader(open(sys.argv[1])):
    if row["stage"] == "tune" and float(row["weightDecay"]) == 0 and row["countedLoss"]:
        place = round(4 * math.log10(float(row["learningRate"])))
        point = (place, math.log(float(row["countedLoss"])), row["state"] == "diverged")
        grids[row["model"], row["arm"]][int(row["seed"])].append(point)

def kernel(a, b):
    q = math.sqrt(5) * np.abs(np.subtract.outer(a, b)) / 4
    return 0.36 * (1 + q + q * q / 3) * np.exp(-q)

def best(points):
    x, y, diverged = map(np.array, zip(*sorted(points)))
    first = int(np.argmin(y))
    end = next((i for i in range(first + 1, len(y)) if diverged[i] or y[i] > y[first] + 0.5), len(y))
    places, heights = x[:end].astype(float), y[:end]
    steps = places[0] + np.arange(int((places[-1] - places[0]) * 25 + 1e-6) + 1) / 25
    inverse = np.linalg.solve(kernel(places, places) + 0.000625 * np.eye(end), heights - heights.mean())
    fit = heights.mean() + kernel(steps, places) @ inverse
    cliff = int(np.argmin(fit)) == len(fit) - 1 and end < len(y)
    return steps[np.argmin(fit)] + 0.5 * cliff, cliff

for model in sorted({model for model, arm in grids if arm == "sing"}):
    sing, adamw = grids[model, "sing"], grids[model, "adamw"]
    found = [[best(arm[seed]) for seed in sorted(arm)] for arm in (sing, adamw)]
    d = np.array([(a[0] - b[0]) / 4 for a, b in zip(*found)])
    n = len(d)
    cliff = any(5 * sum(c for _, c in arm) >= 2 * n for arm in found)
    allowance = 0.25 * (2 / 5 + 0.5 * cliff)
    half = stats.t.ppf(0.95, n - 1) * d.std(ddof=1) / math.sqrt(n) + allowance
    low, mid, high = (10 ** v for v in (d.mean() - half, d.mean(), d.mean() + half))
    print(f"H1 {model}: {mid:.2f}x, 90% interval {low:.2f}x to {high:.2f}x, n {n}")
