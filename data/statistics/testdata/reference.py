"""Expected values for the tests beside, by SciPy, scikit-learn and statsmodels.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, statsmodels 0.15.0:

    python reference.py > reference.json && deno fmt reference.json

The examples of whole studies follow the project's procedure a second time, on
scikit-learn's Gaussian process, without a look at the TypeScript.
"""

import json

import numpy as np
from scipy import integrate, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20230515)
Y0 = 0.83


def gaussian_process(positions, y):
    kernel = ConstantKernel(0.36) * Matern(length_scale=4, nu=2.5)
    model = GaussianProcessRegressor(kernel, alpha=0.000625, optimizer=None)
    x = np.array(positions, float)[:, None]
    model.fit(x, np.array(y) - np.mean(y))
    steps = int(round((positions[-1] - positions[0]) * 25)) + 1
    u = positions[0] + np.arange(steps) / 25
    return u, np.mean(y) + model.predict(u[:, None])


def optimum(positions, y, diverged):
    best = int(np.argmin(y))
    end = len(y)
    for j in range(best + 1, len(y)):
        if diverged[j] or y[j] > y[best] + 0.5:
            end = j
            break
    u, f = gaussian_process(positions[:end], y[:end])
    at = int(np.argmin(f))
    limited = bool(at == len(f) - 1 and end < len(y))
    return dict(position=float(u[at]) + (0.5 if limited else 0), y=float(f[at]),
                cliffLimited=limited, everyTenth=[float(v) for v in f[::10]])


def optima_of(arm):
    """Weight decay 0 is written None and has no place in the fit."""
    first = sum(at is None for at in arm["positions"])
    return [optimum(arm["positions"][first:], y[first:], d[first:])
            for y, d in zip(arm["y"], arm["diverged"])]


def bound_above_zero(values, level):
    n = len(values)
    half = stats.t.ppf(level, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return np.mean(values) - half > 0


def sides(positions, y):
    """Open side, and the bound B in cells."""
    best = int(np.argmin(y.mean(axis=0)))
    worse = {level: [j for j in range(len(positions))
                     if bound_above_zero(y[:, j] - y[:, best], level)]
             for level in (0.95, 0.975)}
    below = not any(j < best for j in worse[0.95])
    above = not any(j > best for j in worse[0.95])
    if below and above:
        return "both", None
    if below:
        sure = [j for j in worse[0.975] if j > best]
        return "below", positions[sure[0]] if sure else None
    if above:
        sure = [j for j in worse[0.975] if j < best]
        return "above", positions[sure[-1]] if sure else None
    return "none", None


def finding(first, second, cell=0.25):
    """log10 of the first arm's best minus log10 of the second's."""
    optima = [optima_of(first), optima_of(second)]
    limited = any(np.mean([o["cliffLimited"] for o in arm]) >= 0.4 for arm in optima)
    a = cell * (0.9 if limited else 0.4)
    x = [np.array([o["position"] for o in arm]) * cell for arm in optima]
    n = len(x[0])
    side = [sides(arm["positions"], np.array(arm["y"])) for arm in (first, second)]
    if any(s[0] == "both" for s in side):
        return dict(kind="flat")
    if all(s[0] == "none" for s in side):
        d = x[0] - x[1]
        se = np.std(d, ddof=1) / np.sqrt(n)
        ends = {}
        for name, level in (("interval90", 0.95), ("interval95", 0.975)):
            half = stats.t.ppf(level, n - 1) * se + a
            ends[name] = [float(d.mean() - half), float(d.mean() + half)]
        return dict(kind="estimate", values=d.tolist(), mean=float(d.mean()),
                    sd=float(np.std(d, ddof=1)), allowance=a, **ends)
    low, high = None, None
    if side[1][0] == "none" and side[0][1] is not None:
        half = stats.t.ppf(0.975, n - 1) * np.std(x[1], ddof=1) / np.sqrt(n) + a
        if side[0][0] == "above":
            low = float(side[0][1] * cell - (x[1].mean() + half))
        else:
            high = float(side[0][1] * cell - (x[1].mean() - half))
    if side[0][0] == "none" and side[1][1] is not None:
        half = stats.t.ppf(0.975, n - 1) * np.std(x[0], ddof=1) / np.sqrt(n) + a
        if side[1][0] == "above":
            high = float(x[0].mean() + half - side[1][1] * cell)
        else:
            low = float(x[0].mean() - half - side[1][1] * cell)
    return dict(kind="range", low=low, high=high)


def arm(centre, curve, n=5, best=0.0, noise=0.02):
    positions = list(range(centre - 4, centre + 5))
    t = (np.array(positions) - best) * 0.25
    y = -0.8 + curve(t) + noise * rng.standard_normal((n, 9))
    y += 0.03 * rng.standard_normal((n, 1)) * t
    diverged = y > Y0
    y = np.minimum(np.round(y, 6), Y0)
    return dict(positions=positions, y=y.tolist(), diverged=diverged.tolist())


def valley(t):
    return 0.6 * np.abs(np.minimum(t, 0)) ** 1.3 + 0.5 * np.maximum(t, 0) ** 1.4


def falling_to_a_cliff(t):
    return np.where(t > 0.05, 5.0, -0.12 * t)


def falling(t):
    return -0.2 * t


def rising(t):
    return 0.2 * t


def flat(t):
    return 0 * t


def flat_arm():
    """The lowest of nine equal means looks low: most draws close a side by chance."""
    while True:
        drawn = arm(-6, flat, best=-6)
        if sides(drawn["positions"], np.array(drawn["y"]))[0] == "both":
            return drawn


def studies():
    cases = {
        "two valleys": (arm(-6, valley, best=-6.3), arm(-10, valley, best=-10.1)),
        "ten seeds": (arm(-6, valley, 10, -6.3), arm(-10, valley, 10, -9.2)),
        "a cliff in one arm": (arm(-6, falling_to_a_cliff, best=-5), arm(-10, valley, best=-10)),
        "first arm open above": (arm(-6, falling, best=-6), arm(-10, valley, best=-10)),
        "first arm open below": (arm(-6, rising, best=-6), arm(-10, valley, best=-10)),
        "second arm open above": (arm(-6, valley, best=-6), arm(-10, falling, best=-10)),
        "second arm open below": (arm(-6, valley, best=-6), arm(-10, rising, best=-10)),
        "both arms open": (arm(-6, falling, best=-6), arm(-10, rising, best=-10)),
        "a flat arm": (flat_arm(), arm(-10, valley, best=-10)),
    }
    return [dict(name=name, first=first, second=second, finding=finding(first, second))
            for name, (first, second) in cases.items()]


def state(found, low, high, bound="REFUTED(bound)"):
    if found["kind"] == "flat":
        return "INVALID(flat)"
    if found["kind"] == "range":
        outside = (found["low"] is not None and found["low"] > high) or (
            found["high"] is not None and found["high"] < low)
        return bound if outside else "INVALID(edge)"
    if low <= found["interval90"][0] and found["interval90"][1] <= high:
        return "SUPPORTED"
    if found["interval95"][1] < low or found["interval95"][0] > high:
        return "REFUTED"
    return "INCONCLUSIVE"


def judged(studies):
    bands = [(0.5, 1.5), (0.7, 1.3), (-1.5, -0.5), (-3, 0.2), (1.05, 4)]
    return [dict(name=study["name"], states=[
        [low, high, state(study["finding"], low, high)] for low, high in bands])
        for study in studies]


def decay_arm(best, at_zero, curve=valley):
    drawn = arm(best, curve, 6, best)
    zero = -0.8 + at_zero + 0.02 * rng.standard_normal(6)
    return dict(positions=[None, *drawn["positions"]],
                y=[[z, *row] for z, row in zip(zero.round(6).tolist(), drawn["y"])],
                diverged=[[False, *row] for row in drawn["diverged"]])


def decays():
    cases = {
        "weight decay 0 worse in both arms": (decay_arm(-6, 0.3), decay_arm(-4, 0.2)),
        "weight decay 0 alone closes a side": (
            decay_arm(-6, 0.3, rising_late), decay_arm(-4, 0.2)),
        "weight decay 0 best in an arm": (decay_arm(-6, -0.1), decay_arm(-4, 0.2)),
    }
    return [dict(name=name, first=first, second=second, finding=finding(first, second, 0.5))
            for name, (first, second) in cases.items()]


def rising_late(t):
    return 0.3 * np.maximum(t, 0)


def shallow(t):
    return 0.2 * valley(t)


def explosion(arm, cell=0.25):
    """H3: log10 of the edge minus log10 of the best, and what a missing edge leaves of it."""
    y, diverged = np.array(arm["y"]), np.array(arm["diverged"])
    x = np.array([o["position"] for o in optima_of(arm)]) * cell
    broken = diverged | (y >= (Y0 + y.mean(axis=0).min()) / 2)
    edges = []
    for row, losses in zip(broken, y):
        above = [j for j in np.flatnonzero(row) if j >= np.argmin(losses)]
        edges.append(None if not above else arm["positions"][above[0]] - 0.5)
    last = arm["positions"][-1]
    h = np.array([last if e is None else e for e in edges]) * cell - x
    a = 0.9 * cell
    half = {level: stats.t.ppf(level, len(h) - 1) * stats.sem(h) + a for level in (0.95, 0.975)}
    if any(e is None for e in edges):
        found = dict(kind="range", low=float(h.mean() - half[0.975]), high=None)
    else:
        found = dict(kind="estimate", mean=float(h.mean()), **{
            name: [float(h.mean() - half[level]), float(h.mean() + half[level])]
            for name, level in (("interval90", 0.95), ("interval95", 0.975))})
    return dict(edges=edges, finding=found, state=state(found, -np.inf, 0.5, "REFUTED"))


def grown_arm(best, cliff, spread, points=15, curve=valley):
    positions = list(range(best - 4, best - 4 + points))
    at = np.array(positions) - best
    y = -0.8 + curve(at * 0.25) + 0.02 * rng.standard_normal((6, points))
    edge = cliff + spread * rng.standard_normal((6, 1))
    diverged = at > edge
    y = np.where(diverged, Y0, np.minimum(np.round(y, 6), Y0))
    return dict(positions=positions, y=y.tolist(), diverged=diverged.tolist())


def explosions():
    cases = {
        "best just below the edge": grown_arm(-6, 0.6, 0.2),
        "best two cells below the edge": grown_arm(-6, 2.5, 0.6),
        "best five cells below the edge": grown_arm(-6, 5.5, 0.6),
        "some seeds never break, far up": grown_arm(-6, 9, 1, 14, shallow),
        "some seeds never break, near": grown_arm(-6, 3, 0.8, 8),
    }
    return [dict(name=name, arm=arm, **explosion(arm)) for name, arm in cases.items()]


def widened(values, allowance):
    return dict(kind="estimate", **{name: [
        np.mean(values) - stats.t.ppf(level, len(values) - 1) * stats.sem(values) - allowance,
        np.mean(values) + stats.t.ppf(level, len(values) - 1) * stats.sem(values) + allowance]
        for name, level in (("interval90", 0.95), ("interval95", 0.975))})


def usually(samples, allowances, low, high):
    means = np.array([np.mean(v) for v in samples])
    k = len(means)
    spread = np.std(means, ddof=1)
    ends = {level: stats.t.ppf(level, k - 1) * spread / np.sqrt(k) + np.mean(allowances)
            for level in (0.95, 0.975)}
    ahead = stats.t.ppf(0.95, k - 1) * spread * np.sqrt(1 + 1 / k)
    found = dict(kind="estimate", interval90=[means.mean() - ends[0.95], means.mean() + ends[0.95]],
                 interval95=[means.mean() - ends[0.975], means.mean() + ends[0.975]])
    inside = np.mean((low <= means) & (means <= high))
    alone = [state(widened(v, a), low, high) for v, a in zip(samples, allowances)]
    verdict = "REFUTED" if alone.count("REFUTED") > k / 2 else state(found, low, high)
    return dict(samples=samples, allowances=allowances, low=low, high=high, k=k,
                mean=float(means.mean()), sd=float(spread),
                interval90=list(map(float, found["interval90"])),
                interval95=list(map(float, found["interval95"])),
                prediction=[float(means.mean() - ahead), float(means.mean() + ahead)],
                state="INCONCLUSIVE" if verdict == "SUPPORTED" and inside < 0.75 else verdict)


def several_workloads():
    def draw(k, mean, sd):
        return [rng.normal(m, 0.2, 5).round(4).tolist() for m in rng.normal(mean, sd, k)]
    return [usually(draw(4, 1, 0.1), [0.1, 0.1, 0.1, 0.225], 0.5, 1.5),
            usually(draw(6, 0.8, 0.25), [0.1] * 6, 0.5, 1.5),
            usually(draw(12, 0.62, 0.2), [0.1] * 12, 0.5, 1.5),
            usually(draw(5, 0.15, 0.05), [0.1] * 5, 0.5, 1.5)]


def planted(plain, slow):
    """AdamW against slowed AdamW, relabelled by 0, -0.9 and -1.8."""
    found = finding(slow, plain)
    d, a = np.array(found["values"]), found["allowance"]
    half = stats.t.ppf(0.995, len(d) - 1) * stats.sem(d) + a
    states = []
    for by in (0, 0.9, 1.8):
        moved = {name: [end - by for end in found[name]] for name in ("interval90", "interval95")}
        states.append(state(dict(kind="estimate", **moved), 0.5, 1.5))
    if states[0] == "REFUTED" or "SUPPORTED" in states[1:] or abs(d.mean() - 0.9) > half:
        verdict = "NOT CALIBRATED"
    else:
        passed = states == ["SUPPORTED", "REFUTED", "REFUTED"]
        verdict = "CALIBRATED" if passed else "UNDERPOWERED"
    return dict(plain=plain, slow=slow, states=states, state=verdict,
                interval99=[float(d.mean() - half), float(d.mean() + half)])


def controls():
    def blocks(n, best, noise=0.02):
        return arm(-10, valley, n, -10.2, noise), arm(round(best), valley, n, best, noise)
    return [planted(*blocks(10, -6.6)), planted(*blocks(3, -6.6, 0.12)), planted(*blocks(5, -5.2)),
            planted(*blocks(5, -9.2))]


def line(predicted, measured):
    fit = stats.linregress(predicted, measured)
    t = stats.t.ppf(0.975, len(predicted) - 2)
    return dict(predicted=predicted, measured=measured, slope=float(fit.slope),
                intercept=float(fit.intercept),
                slope95=[float(fit.slope - t * fit.stderr), float(fit.slope + t * fit.stderr)],
                intercept95=[float(fit.intercept - t * fit.intercept_stderr),
                             float(fit.intercept + t * fit.intercept_stderr)])


def lines():
    def draw(k):
        predicted = np.sort(rng.uniform(0.3, 1.7, k)).round(4)
        return predicted.tolist(), (0.1 + 0.8 * predicted + 0.1 * rng.standard_normal(k)).tolist()
    return [line(*draw(k)) for k in (3, 4, 9)]


def not_worse(n, mean, sd):
    """g of frozen, listed or by the rule against a reference, and its state at three margins."""
    reference = rng.normal(-0.8, 0.03, n).round(6)
    g = rng.normal(mean, sd, n).round(6)
    half = {level: stats.t.ppf(level, n - 1) * stats.sem(g) for level in (0.95, 0.975)}
    states = ["SUPPORTED" if g.mean() + half[0.95] < m else
              "REFUTED" if g.mean() - half[0.975] > m else "INCONCLUSIVE"
              for m in (0.01, 0.02, 0.05)]
    return dict(candidate=(reference + g).tolist(), reference=reference.tolist(),
                mean=float(g.mean()), upper=float(g.mean() + half[0.95]),
                lower=float(g.mean() - half[0.975]), states=states,
                inSeedSds=float(g.mean() / np.std(reference, ddof=1)))


def comparisons():
    return [not_worse(20, 0, 0.02), not_worse(20, 0.014, 0.02), not_worse(20, 0.04, 0.03),
            not_worse(6, 0.012, 0.02), not_worse(3, 0.1, 0.01)]


def curves():
    one = arm(-6, valley, 1, -6.3)
    cliff = arm(3, falling_to_a_cliff, 1, 4)
    gap = dict(positions=[-8, -7, -5, -2, -1], y=[[0.1, -0.2, -0.5, -0.3, 0.0]],
               diverged=[[False] * 5])
    alone = dict(positions=[0, 1, 2], y=[[-0.4, 0.83, 0.83]],
                 diverged=[[False, True, True]])
    return [dict(positions=c["positions"], y=c["y"][0], diverged=c["diverged"][0],
                 optimum=optimum(c["positions"], c["y"][0], c["diverged"][0]))
            for c in (one, cliff, gap, alone)]


def tost_power(n, half_band, sd, allowance):
    """Exact power of two one-sided tests at the band's centre."""
    t = stats.t.ppf(0.95, n - 1)
    room = (half_band - allowance) * np.sqrt(n) / sd

    def inside(w):
        p = 2 * stats.norm.cdf(room - t * w) - 1
        return max(p, 0) * stats.chi.pdf(w * np.sqrt(n - 1), n - 1) * np.sqrt(n - 1)

    return integrate.quad(inside, 0, max(room / t, 0), epsabs=1e-12)[0]


def one_sided_power(n, high, sd):
    t = stats.t.ppf(0.95, n - 1)
    return float(stats.nct.cdf(-t, n - 1, -high * np.sqrt(n) / sd))


def first_n(power):
    return next((n for n in range(2, 100) if power(n) >= 0.8), None)


def powers():
    two = [(3, 0.5, 0.1, 0.1), (5, 0.5, 0.3, 0.1), (10, 0.5, 0.5, 0.1),
           (20, 0.3, 0.4, 0.1), (60, 0.3, 0.2, 0.225), (5, 0.3, 0.2, 0.35)]
    one = [(3, 0.02, 0.01), (10, 0.02, 0.03), (20, 0.02, 0.03), (90, 0.02, 0.1)]
    return dict(
        two=[dict(n=n, halfBand=h, sd=s, allowance=a, power=tost_power(n, h, s, a),
                  seedsNeeded=first_n(lambda k: tost_power(k, h, s, a)))
             for n, h, s, a in two],
        one=[dict(n=n, high=h, sd=s, power=one_sided_power(n, h, s),
                  seedsNeeded=first_n(lambda k: one_sided_power(k, h, s)))
             for n, h, s in one])


def p_values(mean, sd, n, allowance, low, high):
    se = sd / np.sqrt(n)
    tail = lambda d: stats.t.sf(d / se, n - 1)
    supported = max(tail(mean - allowance - low), tail(high - allowance - mean))
    refuted = 2 * min(tail(low - allowance - mean), tail(mean - allowance - high))
    return dict(mean=mean, sd=sd, n=n, allowance=allowance, low=low, high=high,
                supported=float(supported), refuted=float(min(refuted, 1)))


def step_ratio(entries):
    return float(np.sqrt(entries) / 50 * np.logaddexp(0, 50 / np.sqrt(entries)))


def main():
    samples = [rng.normal(1, 0.2, n).round(4).tolist() for n in (3, 5, 10, 20)]
    ranks = [([1, 2, 2, 4, 5], [5, 6, 7, 8, 7]),
             (rng.normal(size=20).round(1).tolist(), list(range(20)))]
    families = [[0.01, 0.04, 0.03, 0.005], [0.2, 0.9, 0.4], [0.03], [0.012, 0.012, 0.03, 0.6, 0.02]]
    print(json.dumps(dict(
        quantiles=[[p, df, float(stats.t.ppf(p, df))]
                   for p in (0.95, 0.975, 0.995) for df in (1, 2, 4, 9, 19, 98)],
        tails=[[t, df, float(stats.t.sf(t, df))]
               for t in (-3, -0.2, 0, 1.5, 4, 12) for df in (1, 4, 9, 19)],
        wilson=[[k, n, level, *map(float, proportion_confint(k, n, 1 - level, "wilson"))]
                for k, n, level in ((0, 5, 0.95), (1, 3, 0.95), (7, 10, 0.9), (10, 10, 0.95))],
        intervals=[dict(values=v, interval90=list(map(float, stats.t.interval(
            0.9, len(v) - 1, np.mean(v), stats.sem(v)))), interval95=list(map(
                float, stats.t.interval(0.95, len(v) - 1, np.mean(v), stats.sem(v)))))
            for v in samples],
        ranks=[dict(first=a, second=b, correlation=float(stats.spearmanr(a, b).statistic))
               for a, b in ranks],
        holm=[dict(p=p, adjusted=multipletests(p, method="holm")[1].tolist())
              for p in families],
        pValues=[p_values(1.0, 0.2, 10, 0.1, 0.5, 1.5), p_values(0.42, 0.3, 5, 0.1, 0.5, 1.5),
                 p_values(-0.3, 0.2, 5, 0.1, 0.5, 1.5), p_values(2.2, 0.4, 20, 0.225, 0.5, 1.5)],
        power=powers(),
        stepRatios=[[d, step_ratio(d)] for d in (1, 64, 4096, 36864, 110592, 2359296)],
        curves=curves(),
        studies=(drawn := studies()),
        judged=judged(drawn),
        decays=decays(),
        explosions=explosions(),
        usually=several_workloads(),
        comparisons=comparisons(),
        controls=controls(),
        lines=lines(),
    ), separators=(",", ":")))


main()
