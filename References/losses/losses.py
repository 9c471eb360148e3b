#!/usr/bin/env python3
"""Losses that References/pytorch lacks, as PyTorch and scikit-learn compute them.

    python3 losses.py [--seed N] > losses.json          needs numpy, torch and scikit-learn; float64 throughout

Each case has its name and parameters, the output x and the target y, the loss of each target or row (value), the gradient of
their sum by x (dx), and with one weight a row the weighted mean and its gradient (weightedMean, dxWeighted).
Gamma and Tweedie are scikit-learn's half deviances with a log link; what neither library has as a function (focal, log-cosh,
contrastive) is written out on tensors, and PyTorch differentiates it.
"""
import argparse, json, sys
import numpy as np
import sklearn
import sklearn._loss.loss as half
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def binary_focal(x, y, gamma, alpha):
    """Lin and others 2017, as torchvision.ops.sigmoid_focal_loss has it."""
    p = torch.sigmoid(x)
    right = p * y + (1 - p) * (1 - y)
    return (alpha * y + (1 - alpha) * (1 - y)) * (1 - right) ** gamma * F.binary_cross_entropy_with_logits(x, y, reduction="none")


def focal(x, y, gamma, weights=None):
    right = torch.softmax(x, -1).gather(1, y[:, None])[:, 0]
    loss = (1 - right) ** gamma * F.cross_entropy(x, y, reduction="none")
    return loss if weights is None else loss * weights[y]


def contrastive(x, y, margin):
    d = F.pairwise_distance(x[:, 0], x[:, 1])  # adds 1e-6 to each difference
    return torch.where(y > 0, d ** 2, torch.relu(margin - d) ** 2) / 2


def pinball(x, y, levels):
    """x holds each target's quantiles side by side."""
    q = x.reshape(*y.shape, len(levels))
    d = y[..., None] - q
    t = torch.tensor(levels)
    return torch.maximum(t * d, (t - 1) * d).mean(-1)


def gaussian(x, y, full):
    pairs = x.reshape(*y.shape, 2)
    return F.gaussian_nll_loss(pairs[..., 0], y, pairs[..., 1].exp(), full=full, reduction="none")


def case(name, parameters, x, y, loss, weights, counts=None):
    """`counts` says what each loss counts in the mean, where that is not 1."""
    x = x.clone().requires_grad_()
    value = loss(x, y)
    (dx,) = torch.autograd.grad(value.sum(), x)
    w = weights.reshape(-1, *[1] * (value.dim() - 1)).expand_as(value)
    mean = (w * loss(x, y)).sum() / (w if counts is None else w * counts).sum()
    (weighted,) = torch.autograd.grad(mean, x)
    return {"name": name, "parameters": parameters, "x": x.tolist(), "y": y.tolist(), "value": value.tolist(), "dx": dx.tolist(),
            "weights": weights.tolist(), "weightedMean": float(mean.detach()), "dxWeighted": weighted.tolist()}


def from_sklearn(name, parameters, x, y, loss, weights):
    shape = x.shape
    raw, target = x.numpy().ravel(), y.numpy().ravel()
    value, dx = loss.loss_gradient(y_true=target, raw_prediction=raw)
    w = np.repeat(weights.numpy(), x[0].numel())
    return {"name": name, "parameters": parameters, "x": x.tolist(), "y": y.tolist(), "value": value.reshape(shape).tolist(),
            "dx": dx.reshape(shape).tolist(), "weights": weights.tolist(), "weightedMean": float(np.average(value, weights=w)),
            "dxWeighted": (dx * w / w.sum()).reshape(shape).tolist()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=7)
    seed = parser.parse_args().seed
    rng = np.random.default_rng(seed)
    R = lambda *s: torch.tensor(rng.normal(size=s).round(4))
    B, C = 6, 4
    w = torch.tensor(rng.uniform(0, 2, B).round(3))
    w[1] = 0
    cw = rng.uniform(0.2, 2, C).round(3)
    classes = torch.tensor(rng.integers(0, C, B))
    t01 = torch.tensor(rng.integers(0, 2, (B, C)).astype(float))
    signs = torch.tensor(rng.choice([-1.0, 1.0], B))
    probabilities = torch.softmax(R(B, C), -1)
    amounts = torch.tensor(np.where(rng.random((B, C)) < 0.4, 0, rng.gamma(2, 1.5, (B, C)).round(4)))
    positive = torch.tensor(rng.gamma(2, 1.5, (B, C)).round(4) + 0.01)
    weight = torch.tensor(cw)
    out = {"seed": seed, "torch": torch.__version__.split("+")[0], "sklearn": sklearn.__version__}
    cases = [case("logCosh", {}, R(B, C) * 3, R(B, C), lambda x, y: torch.log(torch.cosh(x - y)), w)]
    for gamma, alpha in ((2.0, 0.25), (0.0, 0.5), (0.5, 0.9)):
        cases.append(case("binaryFocal", {"gamma": gamma, "alpha": alpha}, R(B, C), t01, lambda x, y: binary_focal(x, y, gamma, alpha), w))
    for gamma in (2.0, 0.0, 0.5):
        cases.append(case("focal", {"gamma": gamma}, R(B, C), classes, lambda x, y: focal(x, y, gamma), w))
    cases.append(case("focal", {"classWeights": cw.tolist()}, R(B, C), classes, lambda x, y: focal(x, y, 2.0, weight), w))
    cases.append(case("squaredHinge", {}, R(B, C), t01 * 2 - 1, lambda x, y: torch.relu(1 - x * y) ** 2, w))
    cases.append(case("multiClassHinge", {"margin": 0.7, "squared": True}, R(B, C), classes, lambda x, y: F.multi_margin_loss(x, y, p=2, margin=0.7, reduction="none"), w))
    both = {"labelSmoothing": 0.2, "classWeights": cw.tolist()}
    cases.append(case("crossEntropy", both, R(B, C), classes, lambda x, y: F.cross_entropy(x, y, weight=weight, label_smoothing=0.2, reduction="none"), w, weight[classes]))
    cases.append(case("crossEntropyWithProbabilities", both, R(B, C), probabilities,
                      lambda x, y: F.cross_entropy(x, y, weight=weight, label_smoothing=0.2, reduction="none"), w))
    zeros = torch.tensor(np.eye(C)[classes.numpy()])
    cases.append(case("klDivergence", {}, R(B, C), zeros, lambda x, y: F.kl_div(F.log_softmax(x, -1), y, reduction="none").sum(-1), w))
    levels = [0.1, 0.5, 0.9]
    cases.append(case("quantile", {"levels": levels}, R(B, 2 * len(levels)), R(B, 2), lambda x, y: pinball(x, y, levels), w))
    cases.append(case("gaussianNegativeLogLikelihood", {"full": True}, R(B, 4), R(B, 2), lambda x, y: gaussian(x, y, True), w))
    cases.append(case("contrastive", {"margin": 2.5}, R(B, 2, 3), signs, lambda x, y: contrastive(x, y, 2.5), w))
    cases.append(case("poissonNegativeLogLikelihood", {"logInput": False}, R(B, C).abs() + 0.1, amounts.round(),
                      lambda x, y: F.poisson_nll_loss(x, y, log_input=False, eps=1e-8, reduction="none"), w))
    cases.append(from_sklearn("poissonNegativeLogLikelihood", {"logInput": True}, R(B, C), amounts.round(), half.HalfPoissonLoss(), w))
    cases.append(from_sklearn("gammaNegativeLogLikelihood", {}, R(B, C), positive, half.HalfGammaLoss(), w))
    for power in (1.5, 1.2, 1.9):
        cases.append(from_sklearn("tweedie", {"power": power}, R(B, C), amounts, half.HalfTweedieLoss(power=power), w))
    out["losses"] = cases
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
