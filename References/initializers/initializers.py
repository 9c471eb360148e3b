#!/usr/bin/env python3
"""What PyTorch and SciPy say of initial weights.

    python3 initializers.py > initializers.json          needs torch and scipy

- fans:       the inputs and outputs that PyTorch counts for weights of these shapes
- spreads:    the deviation, or the bound, of PyTorch's initialisers for a shape
- identity:   PyTorch's eye_ and dirac_
- sparse:     how many zeros sparse_ puts into a column
- truncated:  deviation of a normal distribution that is cut, and some of its quantiles
- inverseErf: pairs of y and erfinv(y)
"""
import json
import math
import sys

import torch
import torch.nn as nn
from scipy import special, stats

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
SHAPES = [[7, 5], [8, 4, 3], [8, 4, 3, 5], [6, 1, 2, 2]]


def spreads(shape):
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    he = nn.init.calculate_gain("leaky_relu", 0.5)
    return {
        "glorotUniform": 1.5 * math.sqrt(6 / (fan_in + fan_out)), "glorotNormal": 1.5 * math.sqrt(2 / (fan_in + fan_out)),
        "heUniform": he * math.sqrt(3 / fan_in), "heNormal": he / math.sqrt(fan_in),
        "heNormalByOutputs": he / math.sqrt(fan_out),
        "heUniformByOutputs": he * math.sqrt(3 / fan_out)}


def zeros(rows, sparsity):
    return int((nn.init.sparse_(torch.empty(rows, 4), sparsity)[:, 0] == 0).sum())


def main():
    out = {
        "fans": [{"shape": s, "fans": nn.init._calculate_fan_in_and_fan_out(torch.empty(s))} for s in SHAPES],
        "spreads": [{"shape": s, **spreads(s)} for s in SHAPES],
        "identity": [
            {"shape": s, "values": (nn.init.eye_ if len(s) == 2 else nn.init.dirac_)(torch.empty(s)).tolist()}
            for s in ([3, 5], [4, 4], [3, 2, 4], [2, 3, 3, 2])],
        "sparse": [{"rows": r, "sparsity": s, "zeros": zeros(r, s)} for r, s in ((10, 0.9), (7, 0.3), (5, 1.0), (4, 0.0))],
        "truncated": [
            {"cut": c, "deviation": stats.truncnorm.std(-c, c), "p": [0.001, 0.1, 0.3, 0.5, 0.9],
             "x": stats.truncnorm.ppf([0.001, 0.1, 0.3, 0.5, 0.9], -c, c).tolist()} for c in (0.5, 2.0, 6.0)],
        "inverseErf": [[y, float(special.erfinv(y))] for y in (-1 + 1e-8, -0.999, -0.5, -1e-9, 0.0, 1e-3, 0.3, 0.9, 0.99999)],
    }
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
