#!/usr/bin/env python3
"""What PyTorch computes for layers that References/pytorch does not hold, in the same form; float64 throughout.

    python3 layers.py [--seed N] > layers.json          needs torch and numpy

Output, the gradients of the input and of each parameter of sum(y * g), and what the layer kept. Two inputs stand in one, the
second behind the first.
"""
import argparse
import json
import sys

import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils import parametrizations

torch.set_default_dtype(torch.float64)


class Joined(nn.Bilinear):
    """Bilinear of the two parts of one input."""

    def forward(self, x):
        return super().forward(x[..., : self.in1_features], x[..., self.in1_features :])


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)


class Parallel(nn.ModuleList):
    """Branches joined along an axis, added or multiplied."""

    def __init__(self, branches, join):
        super().__init__(branches)
        self.join = join

    def forward(self, x):
        return self.join([branch(x) for branch in self])


class Normalized(nn.Linear):
    """The window from its last value on (NLinear)."""

    def forward(self, x):
        last = x[..., -1:]
        return super().forward(x - last) + last


class Relative(nn.Module):
    """The first columns from the last of them on."""

    def __init__(self, window):
        super().__init__()
        self.window = window

    def forward(self, x):
        shift = torch.zeros_like(x)
        shift[..., :self.window] = x[..., self.window - 1:self.window]
        return x - shift


class Decomposed(nn.Module):
    """Trend and remainder, each by a linear layer of its own (DLinear)."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.kernel, self.trend, self.remainder = kernel, nn.Linear(inputs, outputs), nn.Linear(inputs, outputs)

    def forward(self, x):
        border = self.kernel // 2
        padded = nn.functional.pad(x[:, None], (border, border), mode="replicate")
        average = nn.functional.avg_pool1d(padded, self.kernel, stride=1)[:, 0]
        return self.trend(average) + self.remainder(x - average)


def linear(inputs, outputs):
    return {"kind": "linear", "settings": {"inputSize": inputs, "outputSize": outputs}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    cases = []

    def draw(*shape):
        return torch.tensor(rng.normal(size=shape).round(4))

    def case(name, parameters, module, x, training=True):
        module.train(training)
        x = x.clone().requires_grad_()
        for parameter in module.parameters():
            parameter.data.copy_(draw(*parameter.shape))
        before = {key: value.clone().tolist() for key, value in module.state_dict().items()}
        y = module(x)
        g = draw(*y.shape)
        (y * g).sum().backward()
        kept = {key: value.tolist() for key, value in module.named_buffers()}
        cases.append({
            "name": name, "parameters": parameters, "training": training, "state": before, "x": x.tolist(),
            "y": y.tolist(), "g": g.tolist(), "dx": x.grad.tolist(),
            "gradients": {key: value.grad.tolist() for key, value in module.named_parameters()}, "stateAfter": kept})

    case("bilinear", {"firstSize": 3, "secondSize": 4, "outputSize": 2}, Joined(3, 4, 2), draw(5, 7))
    case(
        "bilinear", {"firstSize": 2, "secondSize": 3, "outputSize": 4, "bias": False}, Joined(2, 3, 4, bias=False),
        draw(2, 3, 5))
    for training in (True, False):
        for iterations in (1, 3):
            case(
                "spectralLinear", {"inputSize": 5, "outputSize": 3, "iterations": iterations},
                parametrizations.spectral_norm(nn.Linear(5, 3), n_power_iterations=iterations), draw(4, 5), training)
    case("layerNorm", {"size": 6, "epsilon": 1e-3, "bias": False}, nn.LayerNorm(6, eps=1e-3, bias=False), draw(2, 3, 6))
    case("rmsNorm", {"size": 6, "epsilon": 1e-3}, nn.RMSNorm(6, eps=1e-3), draw(2, 3, 6))
    case("groupNorm", {"groups": 3, "size": 6, "epsilon": 1e-3}, nn.GroupNorm(3, 6, eps=1e-3), draw(2, 6, 2, 3))
    case("groupNorm", {"groups": 1, "size": 4}, nn.GroupNorm(1, 4), draw(3, 4, 2), training=False)
    case("prelu", {}, nn.PReLU(), draw(2, 3, 4))
    case("prelu", {"size": 3}, nn.PReLU(3), draw(2, 3, 2, 2))
    case(
        "residual", {"layers": [linear(4, 4), {"kind": "tanh"}]}, Residual(nn.Linear(4, 4), nn.Tanh()), draw(3, 4))
    branches = {"branches": [linear(4, 2), {"kind": "sequential", "settings": {"layers": [linear(4, 2), {"kind": "silu"}]}}]}
    for joining, axis, join in (
        ("concatenate", -1, lambda ys: torch.cat(ys, -1)), ("concatenate", 1, lambda ys: torch.cat(ys, 1)),
        ("add", -1, sum), ("multiply", -1, lambda ys: ys[0] * ys[1]),
    ):
        module = Parallel([nn.Linear(4, 2), nn.Sequential(nn.Linear(4, 2), nn.SiLU())], join)
        case("parallel", {**branches, "joining": joining, "axis": axis}, module, draw(3, 2, 4))
    case("normalizedLinear", {"inputSize": 6, "outputSize": 3}, Normalized(6, 3), draw(4, 6))
    case("normalizedLinear", {"inputSize": 5, "outputSize": 2}, Normalized(5, 2), draw(2, 3, 5))
    for kernel in (1, 5, 9):
        case(
            "decomposedLinear", {"inputSize": 7, "outputSize": 3, "kernel": kernel}, Decomposed(7, 3, kernel), draw(4, 7))
    case("relativeWindow", {"window": 4}, Relative(4), draw(3, 4))
    case("relativeWindow", {"window": 2}, Relative(2), draw(2, 3, 5))
    json.dump({"seed": arguments.seed, "torch": torch.__version__.split("+")[0], "layers": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
