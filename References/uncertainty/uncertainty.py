#!/usr/bin/env python3
"""Calibration, reliability, thresholds, conformal margins and class weights, as numbers to hold Glia against.

    python3 uncertainty.py > uncertainty.json          needs numpy, scipy and scikit-learn; seed 5

Isotonic functions, reliability curves, the scores of thresholds and balanced class weights are scikit-learn's, the temperature is
found by scipy's bounded search of the loss that is written out here, conformal quantiles are an element of a sorted numpy array.
"""
import json
import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef
from sklearn.utils.class_weight import compute_class_weight

rng = np.random.default_rng(5)


def isotonic(rows, ties, weighted, rising):
    x = rng.random(rows)
    if ties:
        x = np.round(x * 8) / 8
    y = (x if rising else -x) + rng.normal(0, 0.4, rows)
    w = np.round(rng.random(rows) * 4) / 2 if weighted else None
    if w is not None:
        w[0] = 1
    at = np.linspace(-0.2, 1.2, 57)
    found = IsotonicRegression(increasing=rising, out_of_bounds="clip").fit(x, y, sample_weight=w).predict(at)
    return dict(x=x.tolist(), y=y.tolist(), w=None if w is None else w.tolist(), rising=rising, at=at.tolist(), found=found.tolist())


def classes(rows, count, sharpness, weighted):
    logits = rng.normal(0, 1.5, (rows, count))
    labels = np.array([rng.choice(count, p=np.exp(log_softmax(row))) for row in logits])
    p = np.exp(log_softmax(logits * sharpness, axis=1))
    w = np.round(rng.random(rows) * 4) / 2 if weighted else np.ones(rows)
    return labels, p, w


def temperature(rows, count, sharpness, weighted):
    labels, p, w = classes(rows, count, sharpness, weighted)
    smoothing = count / ((w > 0).sum() + count)
    wanted = (1 - smoothing) * np.eye(count)[labels] + smoothing * p
    loss = lambda u: -(w[:, None] * wanted * log_softmax(np.log(p) * np.exp(u), axis=1)).sum()
    bound = np.log(20)
    found = minimize_scalar(loss, bounds=(-bound, bound), method="bounded", options=dict(xatol=1e-10))
    return dict(classes=count, labels=labels.tolist(), p=p.ravel().tolist(), w=w.tolist(), temperature=float(np.exp(-found.x)),
                calibrated=np.exp(log_softmax(np.log(p) * np.exp(found.x), axis=1))[:5].ravel().tolist())


def isotonic_classes(rows, count):
    labels, p, w = classes(rows, count, 2, False)
    columns = []
    for name in range(count):
        fitted = IsotonicRegression(out_of_bounds="clip").fit(p[:, name], labels == name)
        columns.append(np.interp(p[:, name], fitted.X_thresholds_, np.clip(fitted.y_thresholds_, 1 / (rows + 2), 1 - 1 / (rows + 2))))
    found = np.stack([1 - columns[1], columns[1]] if count == 2 else columns, 1)
    return dict(classes=count, labels=labels.tolist(), p=p.ravel().tolist(), calibrated=(found / found.sum(1, keepdims=True)).ravel().tolist())


def reliability(rows):
    labels, p, _ = classes(rows, 2, 2, False)
    p[0] = [1, 0]
    p[1] = [0.7, 0.3]
    p[1, 1] = 0.3
    seen, said = calibration_curve(labels, p[:, 1], n_bins=10)
    return dict(labels=labels.tolist(), p=p.ravel().tolist(), said=said.tolist(), seen=seen.tolist())


def thresholds(rows, weighted, ties):
    labels, p, w = classes(rows, 2, 1, weighted)
    labels = np.where(rng.random(rows) < 0.6, 0, labels)  # class 1 is rare
    if ties:
        p = np.round(p * 16) / 16
    positive = p[:, 1]
    cuts = np.unique(positive[w > 0])
    cuts = (cuts[1:] + cuts[:-1]) / 2
    scores = {"f1": f1_score, "balancedAccuracy": balanced_accuracy_score, "matthewsCorrelation": matthews_corrcoef}
    best = {}
    for name, score in scores.items():
        values = [score(labels, positive >= cut, sample_weight=w) for cut in cuts]
        best[name] = float(max(values))
    return dict(labels=labels.tolist(), p=p.ravel().tolist(), w=w.tolist(), best=best)


def conformal(rows):
    scores = np.abs(rng.normal(0, 1, rows))
    levels = [0.5, 0.8, 0.9, 0.95, 0.99]
    places = [int(np.ceil(np.round((rows + 1) * level, 9))) for level in levels]
    return dict(scores=scores.tolist(), levels=levels, margins=[float(np.sort(scores)[k - 1]) if k <= rows else None for k in places])


def normalized(rows, level):
    values = rng.random(rows) * 3
    targets = values + rng.normal(0, 1, rows) * (0.1 + values)
    errors = np.abs(targets - values)
    fit, rest = slice(0, None, 2), slice(1, None, 2)
    both = [IsotonicRegression(increasing=rising, out_of_bounds="clip").fit(values[fit], errors[fit]) for rising in (True, False)]
    spread = min(both, key=lambda f: ((f.predict(values[fit]) - errors[fit]) ** 2).sum())
    usual = np.maximum(spread.predict(values), errors[fit].mean() / 10)
    ratio = np.sort((errors / usual)[rest])
    margin = ratio[int(np.ceil(np.round((len(ratio) + 1) * level, 9))) - 1]
    return dict(values=values.tolist(), targets=targets.tolist(), level=level, margin=float(margin),
                lower=(values - margin * usual).tolist(), upper=(values + margin * usual).tolist())


def balanced():
    labels = rng.choice(3, 50, p=[0.6, 0.3, 0.1])
    return dict(labels=labels.tolist(), weights=compute_class_weight("balanced", classes=np.arange(3), y=labels).tolist())


print(json.dumps({
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__},
    "isotonic": [isotonic(rows, ties, weighted, rising) for rows in (1, 2, 40) for ties in (False, True)
                 for weighted in (False, True) for rising in (True, False)],
    "temperature": [temperature(60, count, sharpness, weighted) for count in (2, 4) for sharpness in (0.4, 1, 3) for weighted in (False, True)],
    "isotonicClasses": [isotonic_classes(80, count) for count in (2, 3)],
    "reliability": reliability(200),
    "thresholds": [thresholds(120, weighted, ties) for weighted in (False, True) for ties in (False, True)],
    "conformal": [conformal(rows) for rows in (8, 9, 19, 99, 150)],
    "normalized": normalized(300, 0.8),
    "balanced": balanced()}))
