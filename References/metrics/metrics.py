#!/usr/bin/env python3
"""What scikit-learn scores random predictions with, as numbers to hold the metrics against.

    python3 metrics.py > metrics.json          needs numpy and scikit-learn; seed 11

Scores are rounded to multiples of 1/8 in half of the cases, so that there are ties; weights stand in half of them, some 0.
A metric that scikit-learn leaves undefined (one class only) is null. A row of weight 0 counts as no row, so a class that has
only such rows is left out of the macro averages, which scikit-learn does if told so. Matthews' correlation and Cohen's kappa are
null where the rows are of one class, for which scikit-learn gives 0 or NaN by how they were predicted; the mean absolute
percentage error is null where a target is 0, for which it gives a number without meaning. The expected calibration error,
the symmetric percentage error and the scaled error, which scikit-learn has not, are written out.
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
    several = len(present) > 1
    out["balancedAccuracy"] = M.balanced_accuracy_score(labels, predicted, **kw)
    out["matthewsCorrelation"] = float(M.matthews_corrcoef(labels, predicted, **kw)) if several else None
    out["cohenKappa"] = float(M.cohen_kappa_score(labels, predicted, labels=range(classes), **kw)) if several else None
    # Reversed, since of equally probable classes scikit-learn counts the last as the more probable, and the metrics the first.
    out["topAccuracy"] = [M.top_k_accuracy_score(classes - 1 - labels, p[:, ::-1], k=k, labels=range(classes), **kw) for k in range(1, classes + 1)] if classes > 2 else None
    ap = lambda c: M.average_precision_score(labels == c, p[:, c], **kw)
    if classes == 2:
        out["averagePrecision"] = ap(1) if 1 in present else None
        out["brierScore"] = M.brier_score_loss(labels, p[:, 1], labels=[0, 1], pos_label=1, **kw)
    else:
        out["averagePrecision"] = float(np.mean([ap(c) for c in present]))
        out["brierScore"] = M.brier_score_loss(labels, p, labels=range(classes), **kw)
    out["expectedCalibrationError"] = calibration(labels, predicted, p, np.ones(rows) if w is None else w)
    out["micro"] = dict(zip(("precision", "recall", "f1"), map(float, M.precision_recall_fscore_support(labels, predicted, labels=range(classes), average="micro", zero_division=0, **kw)[:3])))
    out["perClass"] = [dict(zip(("precision", "recall", "f1"), map(float, row))) for row in zip(*per[:3])]
    return out


def calibration(labels, predicted, p, w, bins=15):
    """Guo and others 2017: bins (lower, upper] of the probability of the predicted class."""
    confidence = p.max(1)
    right = (labels == predicted).astype(float)
    error = 0.0
    for b in range(bins):
        inside = (np.ceil(confidence * bins) - 1).clip(0, bins - 1) == b
        error += abs((w * right)[inside].sum() - (w * confidence)[inside].sum())
    return float(error / w.sum())


def scaled(y, p, w):
    """Hyndman and Koehler 2006; rows of weight 0 are no rows."""
    counted = y[w > 0]
    naive = np.abs(np.diff(counted)).mean() if len(counted) > 1 else 0
    return float(np.average(np.abs(y - p), weights=w) / naive) if naive > 0 else None


def regression(rng, rows, weighted, counts=False):
    y = rng.normal(size=rows).round(3) * 10 + 3
    p = y + rng.normal(size=rows).round(3)
    if counts:
        y, p = np.abs(y / 4).round(), np.abs(p / 4 + rng.normal(size=rows)).round()
    w = np.round(rng.random(rows) * 4) / 2 if weighted else None
    if w is not None:
        w[:2] = 1
    kw = {"sample_weight": w}
    one = np.ones(rows) if w is None else w
    varies = len(np.unique(y[one > 0])) > 1
    both = np.abs(y) + np.abs(p)
    more = {"mape": M.mean_absolute_percentage_error(y, p, **kw) if (y[one > 0] != 0).all() else None,
            "smape": float(np.average(np.divide(2 * np.abs(y - p), both, out=np.zeros(rows), where=both > 0), weights=one)), "mase": scaled(y, p, one),
            "medianAbsoluteError": M.median_absolute_error(y, p, **kw), "explainedVariance": M.explained_variance_score(y, p, **kw) if varies else None,
            "pinball": M.mean_pinball_loss(y, p, **kw), "pinball(0.9)": M.mean_pinball_loss(y, p, alpha=0.9, **kw)}
    return {**more, "targets": y.tolist(), "predictions": p.tolist(), "weights": None if w is None else w.tolist(), "mae": M.mean_absolute_error(y, p, **kw),
            "rmse": M.root_mean_squared_error(y, p, **kw), "r2": defined(M.r2_score(y, p, **kw)) if varies else None}


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
    for rows in (1, 2, 9, 50):
        for weighted in (False, True):
            out["regression"].append(regression(rng, rows, weighted, counts=True))
    json.dump(out, sys.stdout)
    print()


if __name__ == "__main__":
    main()
