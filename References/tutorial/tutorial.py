#!/usr/bin/env python3
"""What the tutorial's own Python computes, as numbers to hold an implementation against.

    python3 tutorial.py > tutorial.json          needs numpy; float64 throughout

The two classes are those of a well-known tutorial on the basics of neural networks. Two things about them to know:
- MLP.backward calls itself "sigmoid activation, MSE loss", but its output gradient, `output - y`, is that of binary
  cross-entropy (for the mean squared error, 2 * (output - y) * output * (1 - output) / m would stand there).
  The printed loss is the mean squared error all the same. Both facts are part of what these numbers hold.
- MLP.fit prints `mean((output - y)**2)` with y as given: with y of shape (m,) and output (m, 1) that broadcasts to
  (m, m) and the figure is wrong. Here y is always (m, 1).
"""
import json, sys
import numpy as np


class Perceptron:
    def __init__(self, lr=0.01, epochs=15):
        self.lr, self.epochs = lr, epochs
    def fit(self, X, y):
        self.weights, self.bias, self.mistakes = np.zeros(X.shape[1]), 0.0, []
        for _ in range(self.epochs):
            wrong = 0
            for x_i, target in zip(X, y):
                update = self.lr * (target - (1 if np.dot(x_i, self.weights) + self.bias >= 0 else 0))
                self.weights = self.weights + update * x_i
                self.bias += update
                wrong += update != 0
            self.mistakes.append(int(wrong))
    def predict(self, X):
        return (X @ self.weights + self.bias >= 0).astype(int)


class MLP:
    def __init__(self, W1, b1, W2, b2, lr=0.1):
        self.W1, self.b1, self.W2, self.b2, self.lr = W1, b1, W2, b2, lr
    def forward(self, X):
        sigmoid = lambda z: 1 / (1 + np.exp(-z))
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        return self.a2
    def backward(self, X, y, output):
        m = X.shape[0]
        dz2 = output - y
        self.dW2, self.db2 = self.a1.T @ dz2 / m, dz2.sum(0, keepdims=True) / m
        dz1 = dz2 @ self.W2.T * self.a1 * (1 - self.a1)
        self.dW1, self.db1 = X.T @ dz1 / m, dz1.sum(0, keepdims=True) / m
    def fit(self, X, y, epochs):
        losses = {}
        for i in range(epochs):
            out = self.forward(X)
            self.backward(X, y, out)
            for p in ("W1", "b1", "W2", "b2"):
                setattr(self, p, getattr(self, p) - self.lr * getattr(self, "d" + p))
            if i % 200 == 0:
                losses[i] = float(np.mean((out - y) ** 2))
        return losses


def main():
    gates = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    out = {"perceptron": [], "mlp": [], "activations": {}}
    rng = np.random.default_rng(58)
    tables = {"and": (gates, [0, 0, 0, 1]), "or": (gates, [0, 1, 1, 1]), "nand": (gates, [1, 1, 1, 0]), "xor": (gates, [0, 1, 1, 0])}
    X = rng.normal(size=(40, 3)).round(3); tables["random-3d"] = (X, (X @ [1.0, -2.0, 0.5] + 0.25 >= 0).astype(int).tolist())
    for name, (X, y) in tables.items():
        for lr, epochs in ((0.01, 15), (1.0, 30)):
            p = Perceptron(lr, epochs); p.fit(X, np.array(y))
            out["perceptron"].append({"name": name, "inputs": X.tolist(), "labels": list(map(int, y)), "learningRate": lr, "epochs": epochs,
                                      "weights": p.weights.tolist(), "bias": float(p.bias), "mistakesPerEpoch": p.mistakes, "predictions": p.predict(X).tolist()})
    for name, X, y, hidden, lr, epochs in (("xor", gates, [[0], [1], [1], [0]], 4, 0.1, 4001), ("xor-fast", gates, [[0], [1], [1], [0]], 8, 2.0, 2001),
                                           ("two-outputs", rng.normal(size=(12, 5)).round(3), rng.integers(0, 2, (12, 2)).tolist(), 7, 0.5, 401)):
        y = np.array(y, float); k = y.shape[1]
        W1, W2 = rng.normal(size=(X.shape[1], hidden)) * 0.5, rng.normal(size=(hidden, k)) * 0.5
        m = MLP(W1, np.zeros((1, hidden)), W2, np.zeros((1, k)), lr)
        first = m.forward(X).tolist(); m.backward(X, y, np.array(first))
        row = {"name": name, "inputs": X.tolist(), "targets": y.tolist(), "W1": W1.tolist(), "W2": W2.tolist(), "learningRate": lr, "epochs": epochs, "firstOutput": first,
               "firstGradients": {k: getattr(m, k).tolist() for k in ("dW1", "db1", "dW2", "db2")}}
        row["meanSquaredErrorByEpoch"] = m.fit(X, y, epochs)
        row["final"] = {k: getattr(m, k).tolist() for k in ("W1", "b1", "W2", "b2")}; row["finalOutput"] = m.forward(X).tolist()
        out["mlp"].append(row)
    x = np.array([-1000, -88, -20, -5, -1, -0.5, -1e-8, 0, 1e-8, 0.5, 1, 5, 20, 88, 1000])
    with np.errstate(over="ignore"):
        ex = np.exp(x - x.max())
        out["activations"] = {"x": x.tolist(), "sigmoid": (1 / (1 + np.exp(-x))).tolist(), "tanh": np.tanh(x).tolist(), "relu": np.maximum(0, x).tolist(),
                              "leakyReLU(0.1)": np.where(x > 0, x, 0.1 * x).tolist(), "softmax": (ex / ex.sum()).tolist()}
    json.dump(out, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
