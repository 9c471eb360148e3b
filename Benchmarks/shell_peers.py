#!/usr/bin/env python3
"""Whole programs as their users write them, timed by compare.py from the shell; the last line says the accuracy reached.

    python3 shell_peers.py iris sklearn FILE [--seed N]         4-64-32-3, ReLU, Adam, batches of 32, 100 epochs, a fifth held out
    python3 shell_peers.py mnist torch|jax FOLDER [--seed N]    784-512-256-10, ReLU, Adam, batches of 256, to 98% of the test images

For MNIST the rate rises to 0.004 in the first 30% of three epochs and falls to nothing in the rest. The program ends after the first
epoch that has 98%. Images and labels lie in memory as arrays of the library; no loader stands between.
"""
import argparse, gzip, json, os

WIDTHS, BATCH, EPOCHS, PEAK = [784, 512, 256, 10], 256, 3, 0.004
GOAL = 0.98


def iris_sklearn(path, seed):
    import warnings
    import numpy as np
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler
    warnings.filterwarnings("ignore")  # a hundred epochs are wanted, converged or not
    rows = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=str)
    x, x_test, y, y_test = train_test_split(
        rows[:, :-1].astype(float), rows[:, -1], test_size=0.2, stratify=rows[:, -1], random_state=seed)
    scaler = StandardScaler().fit(x)
    net = MLPClassifier((64, 32), batch_size=32, alpha=0, max_iter=100, tol=0, n_iter_no_change=101, random_state=seed)
    net.fit(scaler.transform(x), y)
    assert net.n_iter_ == 100
    return net.score(scaler.transform(x_test), y_test)


def mnist(folder):
    """Pixels from 0 to 1 and classes, of the training and of the test images."""
    import numpy as np
    def read(name, header):
        with gzip.open(os.path.join(folder, f"mnist-{name}-ubyte.gz")) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    pixels = lambda part: read(part + "-images-idx3", 16).reshape(-1, 784) / np.float32(255)
    classes = lambda part: read(part + "-labels-idx1", 8).astype(np.int64)
    return pixels("train"), classes("train"), pixels("t10k"), classes("t10k")


def rate(step, steps):
    return PEAK * min(step / (0.3 * steps), (steps - step) / (0.7 * steps))


def batches(rows, rng):
    order = rng.permutation(rows)
    return [order[start:start + BATCH] for start in range(0, rows - BATCH + 1, BATCH)]


def to_goal(rows, seed, train, accuracy):
    """Epochs of `train(batch, rate)` until `accuracy()` has the goal, or to the last."""
    import numpy as np
    rng = np.random.default_rng(seed)
    step, steps, reached = 0, EPOCHS * (rows // BATCH), 0.0
    for _ in range(EPOCHS):
        for batch in batches(rows, rng):
            step += 1
            train(batch, rate(step, steps))
        reached = accuracy()
        if reached >= GOAL:
            break
    return reached


def mnist_torch(folder, seed):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    x, y, x_test, y_test = map(torch.from_numpy, mnist(folder))
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(net.parameters())
    def train(batch, rate):
        batch = torch.from_numpy(batch)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    def accuracy():
        with torch.inference_mode():
            return (net(x_test).argmax(1) == y_test).float().mean().item()
    return to_goal(len(x), seed, train, accuracy)


def jax_functions():
    """The jitted step, which takes over its state, and the jitted accuracy."""
    import jax, jax.numpy as jnp
    def net(layers, x):
        for weight, bias in layers[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        return x @ layers[-1][0] + layers[-1][1]
    def loss(layers, x, y):
        return -jnp.mean(jax.nn.log_softmax(net(layers, x))[jnp.arange(len(y)), y])
    def step(state, x, y, batch, rate):
        layers, m, v, t = state
        gradient, t = jax.grad(loss)(layers, x[batch], y[batch]), t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        adam = lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return jax.tree.map(adam, layers, m, v), m, v, t
    return jax.jit(step, donate_argnums=0), jax.jit(lambda layers, x, y: jnp.mean(net(layers, x).argmax(1) == y))


def mnist_jax(folder, seed):
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax, jax.numpy as jnp, numpy as np
    x, y, x_test, y_test = map(jnp.asarray, mnist(folder))
    rng = np.random.default_rng(seed)
    first = lambda i, o: (jnp.asarray(rng.normal(scale=(2 / i) ** 0.5, size=(i, o)).astype("float32")), jnp.zeros(o))
    layers = [first(*pair) for pair in zip(WIDTHS, WIDTHS[1:])]
    step, score = jax_functions()
    state = [(layers, jax.tree.map(jnp.zeros_like, layers), jax.tree.map(jnp.zeros_like, layers), jnp.zeros(()))]
    def train(batch, rate):
        state[0] = step(state[0], x, y, batch, rate)
    return to_goal(len(x), seed, train, lambda: float(score(state[0][0], x_test, y_test)))


PROGRAMS = {("iris", "sklearn"): iris_sklearn, ("mnist", "torch"): mnist_torch, ("mnist", "jax"): mnist_jax}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["iris", "mnist"])
    parser.add_argument("peer", choices=["sklearn", "torch", "jax"])
    parser.add_argument("data")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if (given.work, given.peer) not in PROGRAMS:
        parser.error(f"{given.peer} has no program for {given.work}")
    print(json.dumps({"accuracy": PROGRAMS[given.work, given.peer](given.data, given.seed)}))


if __name__ == "__main__":
    main()
