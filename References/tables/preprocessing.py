#!/usr/bin/env python3
"""What scikit-learn makes of a small table: python3 preprocessing.py > preprocessing.json

Median imputation with indicator and standardisation, robust centre and scale, and normal scores; fitted on the first rows only.

Tools, from PyPI: scikit-learn numpy
"""
import json

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, RobustScaler, StandardScaler

generator = np.random.default_rng(7)
x = np.round(generator.lognormal(1, 1, 400), 3)
fitted = x[:300].reshape(-1, 1)
everything = x.reshape(-1, 1)

holed = x.copy()
holed[::7] = np.nan
imputed = make_pipeline(SimpleImputer(strategy="median", add_indicator=False)).fit(holed[:300].reshape(-1, 1))
# The mean and deviation are those of the values that are there, not of the filled column.
present = holed[:300][~np.isnan(holed[:300])]
filled = imputed.transform(holed.reshape(-1, 1))[:, 0]

quantile = QuantileTransformer(n_quantiles=10, output_distribution="normal", subsample=None).fit(fitted)
inner = [float(np.quantile(x[:300], p)) for p in (0.15, 0.3, 0.5, 0.7, 0.85)]
print(json.dumps({
    "x": x.tolist(),
    "training": 300,
    "standard": StandardScaler().fit(fitted).transform(everything)[:, 0].tolist(),
    "robust": RobustScaler().fit(fitted).transform(everything)[:, 0].tolist(),
    "filledMedian": float(np.median(present)),
    "filled": ((filled - present.mean()) / present.std()).tolist(),
    "quantileAt": inner,
    "quantileScores": quantile.transform(np.array(inner).reshape(-1, 1))[:, 0].tolist(),
}))
