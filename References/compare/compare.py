#!/usr/bin/env python3
"""Tails of Student's t distribution and paired t-tests by SciPy, as numbers to hold PairedTest against.

    python3 compare.py > compare.json          needs numpy, scipy and mpmath; seed 5

For t = 1e-8 SciPy's own tails are off in the ninth digit with one degree of freedom (1 - 2/π atan(t) is 0.99999999363…), so
that mpmath gives these.

SciPy has the plain paired t-test. Nadeau and Bengio's differs from it only in the variance of the mean difference, which is
(1/n + ratio) s² in place of s²/n, so that its statistic is the plain one times the root of their quotient.
"""
import json
import mpmath
import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(5)
mpmath.mp.dps = 40


def tail(t, n):
    if t != 1e-8:
        return float(2 * stats.t.sf(abs(t), n))
    t = mpmath.mpf(t)
    return float(mpmath.betainc(mpmath.mpf(n) / 2, 0.5, 0, n / (n + t * t), regularized=True))


tails = [
    {"t": t, "degreesOfFreedom": n, "p": tail(t, n)}
    for n in [1, 2, 3, 4, 5, 9, 10, 24, 49, 99, 100, 499, 999]
    for t in [0.0, 1e-8, -0.1, 0.5, 0.999, -1.0, 1.001, 2.0, -2.776, 5.0, 12.5, 40.0]
]
tests = []
for n in [2, 3, 5, 10, 30, 100]:
    for shift in [0.0, 0.02, 0.3]:
        for ratio in [0.0, 1 / 9, 0.25, 1.0]:
            d = rng.normal(shift, 0.05, n)
            plain = stats.ttest_1samp(d, 0)
            t = plain.statistic * np.sqrt((1 / n) / (1 / n + ratio))
            p = plain.pvalue if ratio == 0 else 2 * stats.t.sf(abs(t), n - 1)
            tests.append({"differences": d.tolist(), "ratio": ratio, "t": float(t), "p": float(p)})
print(json.dumps({"scipy": scipy.__version__, "tails": tails, "tests": tests}, indent=None, separators=(",", ":")))
