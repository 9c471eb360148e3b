#!/usr/bin/env python3
"""Texts as TF-IDF weights, linear models of them, and two-sample tests, by other libraries: python3 text.py > text.json

The n-grams of `grams` are those that Glia documents; it hashes them, so that only the weights of a text can be compared, not
their places. Weights are scikit-learn's TfidfVectorizer with binary counts: the smoothed inverse document frequency, each text's
vector of length 1. The models are its LinearSVC, and ridge regression solved by NumPy. The tests are SciPy's: the
statistic of ks_2samp with the tail of Kolmogorov's limit distribution, and chi2_contingency without a correction.

Tools, from PyPI: numpy scipy scikit-learn
"""
import json
import re

import numpy as np
from scipy import special, stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

TEXTS = [
    "Free entry in 2 a weekly comp! Text WIN to 87121 now",
    "I don't think so... are you coming home?",
    "FREE entry: call 0800 555 555 to claim your prize!!!",
    "Nah, I won't be home at 7. Call me later ;)",
    "Größe und Maß: ÄPFEL, 3 € das Stück",
    "你好 世界, привет МИР",
    "call",
    "",
]


def grams(text):
    """Words, pairs of words, and runs of 3 and 4 characters within a word with a blank at both ends."""
    text = "".join("0" if letter.isdecimal() else letter.lower() for letter in text)
    text = re.sub(r"(?<=\w)['’](?=\w)", "", text)
    words = [match.group() for match in re.finditer(r"\w+|([^\w\s])\1*", text)]
    words = [word if word[0].isalnum() else word[:3] for word in words]
    found = [("word", word) for word in words] + [("pair", pair) for pair in zip(words, words[1:])]
    for word in words:
        padded = f" {word} "
        found += [("run", padded[start:start + size]) for size in (3, 4) for start in range(len(padded) - size + 1)]
    return found


def weights():
    vectorizer = TfidfVectorizer(analyzer=grams, binary=True).fit(TEXTS)
    matrix = vectorizer.transform(TEXTS)
    return [sorted(row.data.tolist()) for row in matrix]


def models():
    """Scores of the texts themselves by linear models whose bias is a weight like the others."""
    matrix = TfidfVectorizer(analyzer=grams, binary=True).fit_transform(TEXTS)
    classes, values = [1, -1, 1, -1, -1, -1, 1, 1], [0.5, -1.25, 2.0, 0.0, 1.5, -0.75, 0.25, 3.0]
    machine = LinearSVC(C=1, loss="squared_hinge", tol=1e-10, max_iter=1_000_000).fit(matrix, classes)
    with_bias = np.hstack([matrix.toarray(), np.ones((len(TEXTS), 1))])
    ridge = np.linalg.solve(with_bias.T @ with_bias + np.eye(with_bias.shape[1]) / 2, with_bias.T @ np.array(values))
    return {"classes": classes, "values": values, "machine": machine.decision_function(matrix).tolist(),
            "ridge": (with_bias @ ridge).tolist()}


def numbers(generator):
    for first, second in [(generator.normal(size=40), generator.normal(0.8, size=60)),
                          (generator.normal(size=200), generator.normal(size=150)),
                          (generator.integers(0, 5, 80).astype(float), generator.integers(1, 6, 90).astype(float)),
                          (np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5])),
                          (np.arange(50.0), np.arange(50.0) + 100)]:
        first, second = np.round(first, 4), np.round(second, 4)
        distance = stats.ks_2samp(first, second).statistic
        size = len(first) * len(second) / (len(first) + len(second))
        yield {"first": first.tolist(), "second": second.tolist(), "distance": distance,
               "p": special.kolmogorov(distance * np.sqrt(size))}


def counts():
    for first, second in [([40, 60], [55, 45]), ([10, 20, 30], [30, 25, 14]), ([500, 400, 300, 200], [90, 85, 50, 70]),
                          ([10, 11, 12, 13, 14, 15], [10, 11, 12, 13, 14, 16]), ([1000, 10], [10, 1000])]:
        result = stats.chi2_contingency([first, second], correction=False)
        yield {"first": first, "second": second, "p": result.pvalue}


def tails():
    return [[x, degrees, float(stats.chi2.sf(x, degrees))]
            for degrees in (1, 2, 3, 10, 51, 400) for x in (0.01, 0.5, 1.0, 5.0, 30.0, 400.0)]


print(json.dumps({"texts": TEXTS, "weights": weights(), "models": models(), "numbers": list(numbers(np.random.default_rng(5))),
                  "counts": list(counts()), "tails": tails()}, ensure_ascii=False))
