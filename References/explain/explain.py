#!/usr/bin/env python3
"""What scikit-learn says of a fixed function: permutation importance with the shuffles that it made, partial dependence.

    python3 explain.py > explain.json          needs numpy and scikit-learn; seed 5

The function takes the columns scaled by their mean and population deviation, and its value by those of the target:
1.5 a + b² − 0.5 a b. The column c is not used. Each shuffle is written as the row that each value comes from.
"""
import json, sys
import numpy as np
import sklearn
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance

seen = []


class Fixed(RegressorMixin, BaseEstimator):
    def fit(self, x, y):
        self.mean_, self.deviation_ = x.mean(0), x.std(0)
        self.target_ = (y.mean(), y.std())
        return self

    def predict(self, x):
        seen.append(np.array(x))
        a, b, _ = ((x - self.mean_) / self.deviation_).T
        return (1.5 * a + b * b - 0.5 * a * b) * self.target_[1] + self.target_[0]


rng = np.random.default_rng(5)
x = np.round(rng.normal(0, 10, (24, 3)), 2)
y = np.round(3 * x[:, 0] + rng.normal(0, 8, 24), 2)
model = Fixed().fit(x, y)
found = permutation_importance(model, x, y, scoring="neg_root_mean_squared_error", n_repeats=4, random_state=1)

orders = {name: [] for name in "abc"}
for shuffled in seen[1:]:
    column = [place for place in range(3) if not np.array_equal(shuffled[:, place], x[:, place])]
    assert len(column) == 1 and len(set(x[:, column[0]])) == 24
    place = column[0]
    orders["abc"[place]].append([int(np.flatnonzero(x[:, place] == value)[0]) for value in shuffled[:, place]])
assert all(len(order) == 4 for order in orders.values())

dependence = partial_dependence(model, x, [1], method="brute", kind="average")
json.dump(
    {
        "scikitLearn": sklearn.__version__,
        "columns": {name: x[:, place].tolist() for place, name in enumerate("abc")},
        "target": y.tolist(),
        "orders": orders,
        "mean": dict(zip("abc", found.importances_mean.tolist())),
        "deviation": dict(zip("abc", found.importances_std.tolist())),
        "drops": dict(zip("abc", found.importances.tolist())),
        "partial": {"values": dependence["grid_values"][0].tolist(), "means": dependence["average"][0].tolist()},
    },
    sys.stdout,
)
print()
