#!/usr/bin/env python3
"""What activations and their slopes are at inputs from one end of a type to the other, to many digits and then rounded.

    python3 activations.py > activations.json          needs mpmath and numpy

- elementwise: y = f(x) and dx = f'(x). At a kink the slope is the one that PyTorch has.
- rows:        y = f(x) along the last axis, and dx = the gradient of sum(y * g)
"float32" has numbers that both types hold exactly; "float64" those that only the wider one holds.
"""
import json
import sys

import numpy as np
from mpmath import exp, expm1, fabs, log1p, mp, mpf, pi, sqrt, tanh

mp.dps = 700  # so that 1 and 4e307 have a sum


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > -1e6 else mpf(0)


def e(x):
    """exp, 0 where it is too small for fifty digits to be kept of anything."""
    return exp(x) if x > -1e6 else mpf(0)


def softplus(x):
    return max(x, mpf(0)) + log1p(e(-fabs(x)))


def th(x):
    return tanh(x) if fabs(x) < 1e6 else mpf(1 if x > 0 else -1)


def sech2(x):
    return 1 / mp.cosh(x) ** 2 if fabs(x) < 1e6 else mpf(0)


def normal(x):
    return e(-x * x / 2) / sqrt(2 * pi)


def clip(x, low, high):
    return min(max(x, mpf(low)), mpf(high))


def inside(x, low, high):
    return mpf(1 if low < x < high else 0)


def gelu_tanh(x):
    z = sqrt(2 / pi) * (x + mpf("0.044715") * x**3)
    dz = sqrt(2 / pi) * (1 + 3 * mpf("0.044715") * x**2)
    if fabs(x) > 1e4:
        return max(x, mpf(0)), mpf(1 if x > 0 else 0)
    return x * (1 + tanh(z)) / 2, (1 + tanh(z)) / 2 + x * dz / mp.cosh(z) ** 2 / 2


def gelu(x):
    share = mp.erfc(-x / sqrt(2)) / 2 if fabs(x) < 1e4 else mpf(1 if x > 0 else 0)
    return x * share, share + x * normal(x)


def elu(x, alpha, scale=1):
    return scale * (x if x > 0 else alpha * expm1(max(x, mpf(-10**6)))), scale * (1 if x > 0 else alpha * e(x))


def softplus_beta(x, beta, threshold):
    return (x, mpf(1)) if x * beta > threshold else (softplus(x * beta) / beta, sigmoid(x * beta))


SELU = (mpf("1.6732632423543772848170429916717"), mpf("1.0507009873554804934193349852946"))
ELEMENTWISE = {
    "sigmoid": ({}, lambda x: (sigmoid(x), sigmoid(x) * sigmoid(-x))),
    "tanh": ({}, lambda x: (th(x), sech2(x))),
    "logSigmoid": ({}, lambda x: (-softplus(-x), sigmoid(-x))),
    "softsign": ({}, lambda x: (x / (1 + fabs(x)), 1 / (1 + fabs(x)) ** 2)),
    "softplus": ({"beta": 2, "threshold": 3}, lambda x: softplus_beta(x, 2, 3)),
    "relu": ({}, lambda x: (max(x, mpf(0)), mpf(x > 0))),
    "leakyReLU": ({"negativeSlope": 0.125}, lambda x: (x if x > 0 else x / 8, mpf(1) if x > 0 else mpf(1) / 8)),
    "relu6": ({}, lambda x: (clip(x, 0, 6), inside(x, 0, 6))),
    "elu": ({"alpha": 1.5}, lambda x: elu(x, mpf("1.5"))),
    "selu": ({}, lambda x: elu(x, *SELU)),
    "celu": ({"alpha": 0.5}, lambda x: (elu(x * 2, 1)[0] / 2 if x <= 0 else x, e(x * 2) if x <= 0 else mpf(1))),
    "gelu": ({}, gelu),
    "geluTanh": ({}, gelu_tanh),
    "silu": ({}, lambda x: (x * sigmoid(x), sigmoid(x) + x * sigmoid(x) * sigmoid(-x))),
    "mish": ({}, lambda x: (x * th(softplus(x)), th(softplus(x)) + x * sech2(softplus(x)) * sigmoid(x))),
    "hardTanh": ({"minimum": -0.5, "maximum": 1.5}, lambda x: (clip(x, -0.5, 1.5), inside(x, -0.5, 1.5))),
    "hardSigmoid": ({}, lambda x: (clip(x + 3, 0, 6) / 6, inside(x, -3, 3) / 6)),
    "hardSwish": ({}, lambda x: (x * clip(x + 3, 0, 6) / 6, mpf(0) if x <= -3 else mpf(1) if x >= 3 else x / 3 + mpf("0.5"))),
    "softShrink": ({"lambda": 0.5}, lambda x: (x - clip(x, -0.5, 0.5), mpf(fabs(x) > 0.5))),
    "hardShrink": ({"lambda": 0.5}, lambda x: (x if fabs(x) > 0.5 else mpf(0), mpf(fabs(x) > 0.5))),
    "tanhShrink": ({}, lambda x: (x - th(x), th(x) ** 2)),
}


def softmax(x, g):
    powers = [e(v - max(x)) for v in x]
    y = [p / sum(powers) for p in powers]
    along = sum(a * b for a, b in zip(y, g))
    return y, [a * (b - along) for a, b in zip(y, g)]


def log_softmax(x, g):
    total = log1p(sum(e(v - max(x)) for v in x) - 1)
    y = [v - max(x) - total for v in x]
    return y, [b - softmax(x, g)[0][i] * sum(g) for i, b in enumerate(g)]


def sparsemax(x, g):
    for count in range(len(x), 0, -1):
        best = sorted(x, reverse=True)[:count]
        bound = (sum(best) - 1) / count
        if best[-1] > bound:
            break
    chosen = [v > bound for v in x]
    mean = sum(b for b, c in zip(g, chosen) if c) / sum(chosen)
    return [max(v - bound, mpf(0)) for v in x], [b - mean if c else mpf(0) for b, c in zip(g, chosen)]


def gated(gate_first):
    def function(x, g):
        a, b, g = x[: len(x) // 2], x[len(x) // 2 :], g[: len(x) // 2]
        if gate_first:
            own = [ELEMENTWISE["silu"][1](v) for v in a]
            return [s * v for (s, _), v in zip(own, b)], [w * d * v for w, (_, d), v in zip(g, own, b)] + [
                w * s for w, (s, _) in zip(g, own)]
        return [v * sigmoid(s) for v, s in zip(a, b)], [w * sigmoid(s) for w, s in zip(g, b)] + [
            w * v * sigmoid(s) * sigmoid(-s) for w, v, s in zip(g, a, b)]

    return function


ROWS = {"softmax": softmax, "logSoftmax": log_softmax, "sparsemax": sparsemax, "glu": gated(False), "swiglu": gated(True)}


def numbers(values):
    return [float(v) for v in values]


def main():
    def floats(values):
        return [float(np.float32(v)) for v in values]

    some = [0.3, 0.5, 1, 1.5, 2.7, 3, 5, 6, 9, 17, 88, 104]
    inputs = {
        "float32": floats([0, *some, *[-v for v in some], 1e-30, -1e-30, 1e30, -1e30, 8e37, -8e37]),
        "float64": [1e-300, -1e-300, 745.0, -745.0, 1e300, -1e300, 4e307, -4e307],
    }
    rows = {
        "float32": [floats(r) for r in [
            [1e30, -1e30, 0, 88], [-88, 88, 0.5, 0.25], [1e-30, -1e-30, 0, 1e-30], [0, 0, 0, 0],
            [1e30, 1e30, -1e30, 1e30], [-1e30, -1e30, -1e30, -1e30], [-3e37, 3e37, 1, -1], [0.1, 0.2, 0.7, -0.4]]],
        "float64": [[1e300, -1e300, 0.0, 1.0], [-3e307, 3e307, 1e300, -745.0], [1e-300, 0.0, -1e-300, 0.0]],
    }
    g = [1.0, -2.0, 0.5, 3.0]
    out = {"g": g, "elementwise": [], "rows": []}
    for name, (parameters, function) in ELEMENTWISE.items():
        case = {"name": name, "parameters": parameters}
        for dtype, xs in inputs.items():
            found = [function(mpf(x)) for x in xs]
            case[dtype] = {"x": xs, "y": numbers(y for y, _ in found), "dx": numbers(d for _, d in found)}
        out["elementwise"].append(case)
    for name, function in ROWS.items():
        case = {"name": name, "parameters": {}}
        for dtype, xs in rows.items():
            if name in ("glu", "swiglu"):  # products, beside whose factors what is small is rounded away
                xs = [[min(max(v, -1e15), 1e15) for v in x] for x in xs]
            found = [function([mpf(v) for v in x], [mpf(v) for v in g]) for x in xs]
            case[dtype] = {"x": xs, "y": [numbers(y) for y, _ in found], "dx": [numbers(d) for _, d in found]}
        out["rows"].append(case)
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
