#!/usr/bin/env python3
"""What scikit-learn scores random predictions of several labels a row with, as numbers to hold the metrics against.

    python3 labels.py > labels.json            needs numpy and scikit-learn; seed 12

In half of the cases scores are rounded to quarters, so that there are ties, and in half the rows have weights, some 0. Some
cases have rows without a label, rows with all of them, and labels that no row has. The areas of a ranking go over the labels that
some rows have and some have not (the average precision: that some rows have), which for scikit-learn have to be picked out; with
none of them they are null. The Jaccard index and F1 of a row with nothing to find and nothing said are 0.
"""
import json, sys, warnings
import numpy as np
import sklearn
from sklearn import metrics as M

warnings.simplefilter("ignore")


def case(rng, labels, rows, ties, weighted, rare):
    y = (rng.random((rows, labels)) < 0.4).astype(int)
    if rows > 3:
        y[0], y[1] = 0, 1
    if rare:
        y[:, 0] = 0
    s = np.clip(0.7 * rng.random((rows, labels)) + 0.3 * y, 0, 1)
    if ties:
        s = np.round(s * 4) / 4
    if rows > 3:
        s[0] *= 0.5  # nothing is said of a row that has nothing
    w = np.round(rng.random(rows) * 4) / 2 if weighted else None
    if w is not None:
        w[0] = 1
    said = (s > 0.5).astype(int)
    kw = {"sample_weight": w}
    one = np.ones(rows) if w is None else w
    # One label is no ranking, and a column of zeros and ones is two classes to scikit-learn.
    many = labels > 1
    out = {"labels": labels, "targets": y.ravel().tolist(), "scores": s.ravel().tolist(), "weights": None if w is None else w.tolist(),
           "subsetAccuracy": M.accuracy_score(y, said, **kw), "hammingLoss": M.hamming_loss(y, said, **kw)}
    if many:
        out["jaccard"] = M.jaccard_score(y, said, average="samples", zero_division=0, **kw)
        out["labelF1Samples"] = M.f1_score(y, said, average="samples", zero_division=0, **kw)
        out["coverageError"] = float(M.coverage_error(y, s, **kw))
        out["labelRankingAveragePrecision"] = float(M.label_ranking_average_precision_score(y, s, **kw))
        out["labelRankingLoss"] = float(M.label_ranking_loss(y, s, **kw))
        for average in ("micro", "macro", "weighted"):
            p, r, f, _ = M.precision_recall_fscore_support(y, said, average=average, zero_division=0, **kw)
            name = average.capitalize()
            out["labelPrecision" + name], out["labelRecall" + name], out["labelF1" + name] = float(p), float(r), float(f)
    had = (y * one[:, None]).sum(0)
    for name, score, scored in (("labelROCAUC", M.roc_auc_score, (had > 0) & (had < one.sum())), ("labelAveragePrecision", M.average_precision_score, had > 0)):
        each = {c: score(y[:, c], s[:, c], **kw) for c in range(labels) if scored[c]}
        out[name + "Macro"] = float(np.mean(list(each.values()))) if each else None
        out[name + "Weighted"] = float(np.average(list(each.values()), weights=[had[c] for c in each])) if each else None
        flat, cells = y.ravel(), np.repeat(one, labels)
        possible = had.sum() > 0 and (name == "labelAveragePrecision" or had.sum() < cells.sum())
        out[name + "Micro"] = float(score(flat, s.ravel(), sample_weight=cells)) if possible else None
        if each and len(each) == labels and many:
            for average in ("micro", "macro", "weighted"):
                assert abs(out[name + average.capitalize()] - score(y, s, average=average, **kw)) < 1e-12
    return out


def main():
    rng = np.random.default_rng(12)
    cases = [case(rng, labels, rows, ties, weighted, rare)
             for labels in (1, 2, 5) for rows in (1, 4, 30) for ties in (False, True) for weighted in (False, True) for rare in (False, True)
             if not (rare and rows < 30)]
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
