#!/usr/bin/env python3
"""Principal components by scikit-learn, and one step of gradient descent with penalties on the code by PyTorch.

    python3 autoencoder.py > autoencoder.json          needs numpy, scikit-learn and torch; seed 11, float64

`components`: for rows [rows, columns] the first axes, the variances along them (divided by the rows), and the mean squared
error of each of some other rows that are given back from their codes. One of the tables has fewer directions than axes.

`sparse` and `variational`: an encoder and a decoder that are linear, tanh on the code of the first. The loss is the mean squared
error plus penalty · Σ |code| / rows, or plus weight · KL / rows. After one step of rate 0.5 the weights are written. The decoder
of the variational one does not look at its code, whose noise is then of no account.
"""
import json, sys
import numpy as np
import sklearn, torch
from sklearn.decomposition import PCA

rng = np.random.default_rng(11)
torch.set_default_dtype(torch.float64)


def components(rows, columns, rank, width):
    turn = rng.normal(size=(rank, columns))
    scale = np.linspace(3, 0.5, rank)
    make = lambda count: (rng.normal(size=(count, rank)) * scale) @ turn + 1.5
    known, others = np.round(make(rows), 3), np.round(make(6), 3)
    model = PCA(n_components=width, svd_solver="full").fit(known)
    back = model.inverse_transform(model.transform(others))
    return {
        "rows": known.tolist(), "others": others.tolist(), "width": width, "rank": rank,
        "axes": model.components_.tolist(),
        "variances": (model.explained_variance_ * (rows - 1) / rows).tolist(),
        "errors": ((back - others) ** 2).mean(1).tolist(),
    }


def numbers(*shape):
    return torch.tensor(np.round(rng.normal(size=shape), 3))


def step(parameters, loss):
    loss.backward()
    return {name: (p - 0.5 * p.grad).tolist() for name, p in parameters.items()}


def sparse():
    x, penalty = numbers(5, 4), 0.3
    start = {"encoder.0.weight": numbers(3, 4), "encoder.0.bias": numbers(3), "decoder.0.weight": numbers(4, 3),
             "decoder.0.bias": numbers(4)}
    p = {name: value.clone().requires_grad_() for name, value in start.items()}
    code = torch.tanh(x @ p["encoder.0.weight"].T + p["encoder.0.bias"])
    back = code @ p["decoder.0.weight"].T + p["decoder.0.bias"]
    loss = ((back - x) ** 2).mean() + penalty * code.abs().sum() / len(x)
    return {"x": x.tolist(), "penalty": penalty, "start": {n: v.tolist() for n, v in start.items()},
            "loss": loss.item(), "after": step(p, loss)}


def variational():
    x, weight = numbers(5, 4), 0.7
    start = {"encoder.0.weight": numbers(4, 4), "encoder.0.bias": numbers(4), "decoder.0.weight": torch.zeros(4, 2),
             "decoder.0.bias": numbers(4)}
    p = {name: value.clone().requires_grad_() for name, value in start.items()}
    mean, log_variance = (x @ p["encoder.0.weight"].T + p["encoder.0.bias"]).split(2, dim=1)
    normal = torch.distributions.Normal
    divergence = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0)).sum()
    loss = ((p["decoder.0.bias"] + 0 * (mean.sum() + p["decoder.0.weight"].sum()) - x) ** 2).mean()
    loss = loss + weight * divergence / len(x)
    after = step(p, loss)
    return {"x": x.tolist(), "weight": weight, "start": {n: v.tolist() for n, v in start.items()},
            "loss": loss.item(), "after": {n: after[n] for n in ("encoder.0.weight", "encoder.0.bias", "decoder.0.bias")}}


json.dump({
    "scikitLearn": sklearn.__version__, "torch": torch.__version__,
    "components": [components(40, 6, 6, 6), components(50, 24, 24, 4), components(30, 9, 3, 5)],
    "sparse": sparse(), "variational": variational(),
}, sys.stdout)
print()
