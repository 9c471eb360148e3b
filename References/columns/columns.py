#!/usr/bin/env python3
"""What scikit-learn and PyTorch make of numbers in tables: python3 columns.py [--seed N] > columns.json

- trees: the cuts of a DecisionTreeRegressor or DecisionTreeClassifier that is grown best first on one column.
- quantiles: normal scores of QuantileTransformer, at training rows, between and beyond them, with ties.
- squeezed: RobustScaler, then x / sqrt(1 + (x / 3)^2).
- layers: waves of learnt frequencies, a linear map of each column's own or of all, and ReLU, in the form of References/layers.

Tools, from PyPI: scikit-learn numpy torch
"""
import argparse
import json
import sys

import numpy as np
import torch
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer, RobustScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

torch.set_default_dtype(torch.float64)


class Periodic(torch.nn.Module):
    def __init__(self, columns, frequencies, size, shared):
        super().__init__()
        own = [] if shared else [len(columns)]
        self.columns, self.shared = columns, shared
        self.frequencies = torch.nn.Parameter(torch.zeros(len(columns), frequencies))
        self.weight = torch.nn.Parameter(torch.zeros(*own, size, 2 * frequencies))
        self.bias = torch.nn.Parameter(torch.zeros(*own, size))

    def forward(self, x):
        parts = [x]
        for place, column in enumerate(self.columns):
            angles = 2 * torch.pi * x[:, column:column + 1] * self.frequencies[place]
            waves = torch.cat([torch.cos(angles), torch.sin(angles)], 1)
            weight, bias = (self.weight, self.bias) if self.shared else (self.weight[place], self.bias[place])
            parts.append(torch.relu(torch.nn.functional.linear(waves, weight, bias)))
        return torch.cat(parts, 1)


def trees(rng):
    n = 400
    smooth = rng.normal(size=n).round(3)
    ties = rng.integers(0, 12, n).astype(float)
    sparse = np.where(rng.random(n) < 0.7, 0, rng.exponential(size=n).round(2))
    number = (np.sin(2 * smooth) + 0.3 * ties + sparse + rng.normal(scale=0.3, size=n)).round(4)
    classes = np.digitize(number, [0.5, 1.5, 2.5])
    weights = rng.integers(1, 4, n).astype(float)
    cases = []
    for target, kind in ((number, DecisionTreeRegressor), (classes, DecisionTreeClassifier)):
        for bins, least in ((2, 1), (5, 20), (16, 5), (64, 1)):
            for weight in (None, weights):
                for name, x in (("smooth", smooth), ("ties", ties), ("sparse", sparse)):
                    # Where the leaves are pure, or as many as there are values, the order of growth no longer shows.
                    tree = kind(max_leaf_nodes=bins, min_samples_leaf=least, random_state=0)
                    tree.fit(x[:, None], target, sample_weight=weight)
                    cuts = tree.tree_.threshold[tree.tree_.children_left >= 0]
                    cases.append({
                        "column": name, "target": "number" if kind is DecisionTreeRegressor else "classes", "bins": bins,
                        "leastRows": least, "weighted": weight is not None, "cuts": sorted(cuts.tolist())})
    return {
        "columns": {"smooth": smooth.tolist(), "ties": ties.tolist(), "sparse": sparse.tolist()},
        "number": number.tolist(), "classes": classes.tolist(), "weights": weights.tolist(), "cases": cases}


def quantiles(rng):
    cases = []
    for x in (rng.lognormal(size=400).round(3), np.where(rng.random(330) < 0.4, 1.0, rng.normal(size=330).round(1)),
              rng.normal(size=6).round(2)):
        count = max(min(max(len(x) // 30, 10), 1000, len(x)), 2)
        transform = QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=None).fit(x[:, None])
        at = np.concatenate([x[:60], rng.uniform(x.min() - 1, x.max() + 1, 100).round(4), [x.min(), x.max()]])
        bound = norm.ppf(1 - 0.5 / count)
        cases.append({
            "training": x.tolist(), "at": at.tolist(),
            "scores": transform.transform(at[:, None])[:, 0].clip(-bound, bound).tolist()})
    return cases


def squeezed(rng):
    x = rng.standard_cauchy(200).round(3)
    scaled = RobustScaler().fit(x[:150, None]).transform(x[:, None])[:, 0]
    return {"x": x.tolist(), "training": 150, "y": (scaled / np.sqrt(1 + (scaled / 3) ** 2)).tolist()}


def layers(rng):
    def draw(*shape):
        return torch.tensor(rng.normal(size=shape).round(4))

    cases = []
    for inputs, columns, frequencies, size, shared, rows in (
        (3, [0, 1, 2], 4, 3, False, 5), (3, [0, 1, 2], 4, 3, True, 5), (4, [3, 1], 2, 1, False, 6),
        (4, [2], 5, 2, True, 3),
    ):
        module = Periodic(columns, frequencies, size, shared)
        for parameter in module.parameters():
            parameter.data.copy_(draw(*parameter.shape))
        before = {key: value.clone().tolist() for key, value in module.state_dict().items()}
        x = draw(rows, inputs).requires_grad_()
        y = module(x)
        g = draw(*y.shape)
        (y * g).sum().backward()
        cases.append({
            "name": "periodic",
            "parameters": {
                "inputSize": inputs, "columns": columns, "frequencies": frequencies, "size": size, "shared": shared},
            "training": True, "state": before, "x": x.tolist(), "y": y.tolist(), "g": g.tolist(), "dx": x.grad.tolist(),
            "gradients": {key: value.grad.tolist() for key, value in module.named_parameters()}, "stateAfter": {}})
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=23)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    json.dump({
        "seed": arguments.seed, "trees": trees(rng), "quantiles": quantiles(rng), "squeezed": squeezed(rng),
        "layers": layers(rng)}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
