#!/usr/bin/env python3
"""What scikit-learn scores random predictions with, as numbers to hold the metrics against.

    python3 metrics.py > metrics.json          needs numpy and scikit-learn; seed 11

Scores are rounded to multiples of 1/8 in half of the cases, so that there are ties; weights stand in half of them, some 0.
A metric that scikit-learn leaves undefined (one class only) is null. A row of weight 0 counts as no row, so a class that has
only such rows is left out of the macro averages, which scikit-learn does if told so.
"""
import json, sys, warnings
import numpy as np
import sklearn
from sklearn import metrics as M

warnings.simplefilter("ignore")


def defined(value):
    return float(value) if np.isfinite(value) else None


def classification(rng, classes, rows, ties, weighted, only=None):
    labels = rng.integers(0, classes, rows) if only is None else np.full(rows, only)
    p = rng.random((rows, classes)) + 0.6 * np.eye(classes)[labels]
    if ties:
        p = np.ceil(p * 4)
    p = p / p.sum(1, keepdims=True)
    if rows > 3:
        p[0] = np.eye(classes)[(labels[0] + 1) % classes]  # sure, and wrong: the logarithm has to be clipped
    w = np.round(rng.random(rows) * 4) / 2 if weighted else None
    if w is not None:
        w[0] = 1
    predicted = p.argmax(1)
    kw = {"sample_weight": w}
    present = np.unique(labels if w is None else labels[w > 0])
    auc = None
    if len(present) == classes:
        auc = M.roc_auc_score(labels, p[:, 1], **kw) if classes == 2 else float(np.mean([M.roc_auc_score(labels == c, p[:, c], **kw) for c in range(classes)]))
        if classes > 2 and w is None:
            assert abs(auc - M.roc_auc_score(labels, p, multi_class="ovr", average="macro")) < 1e-14
    out = {"classes": classes, "labels": labels.tolist(), "probabilities": p.ravel().tolist(), "weights": None if w is None else w.tolist(),
           "accuracy": M.accuracy_score(labels, predicted, **kw), "rocAUC": auc, "logLoss": M.log_loss(labels, p, labels=range(classes), **kw),
           "confusion": M.confusion_matrix(labels, predicted, labels=range(classes), **kw).astype(float).ravel().tolist()}
    counted = slice(None) if w is None else w > 0
    shown = np.union1d(labels[counted], predicted[counted])
    for average in ("macro", "weighted") + (("binary",) if classes == 2 else ()):
        among = shown if average == "macro" else None
        values = M.precision_recall_fscore_support(labels, predicted, average=average, labels=among, zero_division=0, **kw)
        out[average] = dict(zip(("precision", "recall", "f1"), map(float, values[:3])))
    per = M.precision_recall_fscore_support(labels, predicted, labels=range(classes), average=None, zero_division=0, **kw)
    out["perClass"] = [dict(zip(("precision", "recall", "f1"), map(float, row))) for row in zip(*per[:3])]
    return out


def regression(rng, rows, weighted):
    y = rng.normal(size=rows).round(3) * 10 + 3
    p = y + rng.normal(size=rows).round(3)
    w = np.round(rng.random(rows) * 4) / 2 if weighted else None
    if w is not None:
        w[:2] = 1
    kw = {"sample_weight": w}
    return {"targets": y.tolist(), "predictions": p.tolist(), "weights": None if w is None else w.tolist(), "mae": M.mean_absolute_error(y, p, **kw),
            "rmse": M.root_mean_squared_error(y, p, **kw), "r2": defined(M.r2_score(y, p, **kw))}


def main():
    rng = np.random.default_rng(11)
    out = {"sklearn": sklearn.__version__, "classification": [], "regression": []}
    for classes in (2, 3, 5):
        for rows in (1, 4, 17, 60):
            for ties in (False, True):
                for weighted in (False, True):
                    out["classification"].append(classification(rng, classes, rows, ties, weighted))
        out["classification"].append(classification(rng, classes, 6, True, False, only=0))
        out["classification"].append(classification(rng, classes, 6, False, True, only=1))
    for rows in (1, 2, 9, 50):
        for weighted in (False, True):
            out["regression"].append(regression(rng, rows, weighted))
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
