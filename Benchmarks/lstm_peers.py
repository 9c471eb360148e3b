"""The work `lstm` of peers.py: an LSTM of 128 units on 28 steps of 28 features, a linear layer to 10 classes on its last step,
cross entropy, Adam, batches of 128."""
STEPS, FEATURES, HIDDEN, CLASSES, BATCH, RATE = 28, 28, 128, 10, 128, 0.001
FLOPS_PER_ROW = 2 * (STEPS * 4 * HIDDEN * (FEATURES + HIDDEN) + HIDDEN * CLASSES)


def data():
    import numpy as np
    rng = np.random.default_rng(0)
    return rng.standard_normal((BATCH, STEPS, FEATURES)).astype("float32"), rng.integers(0, CLASSES, BATCH)


def torch_step(threads):
    import torch
    torch.set_num_threads(threads)
    x, y = (torch.from_numpy(a) for a in data())
    lstm, linear = torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True), torch.nn.Linear(HIDDEN, CLASSES)
    o = torch.optim.Adam([*lstm.parameters(), *linear.parameters()], lr=RATE); crit = torch.nn.CrossEntropyLoss()
    def step():
        o.zero_grad(set_to_none=True)
        crit(linear(lstm(x)[0][:, -1]), y).backward(); o.step()
    return step


def jax_step(threads):
    """The inputs' products of all steps at once, then a scan; one jitted step that donates its state."""
    import numpy as np, jax, jax.numpy as jnp
    x, y = (jnp.asarray(a) for a in data()); rng = np.random.default_rng(1); bound = HIDDEN ** -0.5
    R = lambda *s: jnp.asarray(rng.uniform(-bound, bound, s).astype("float32"))
    P = [R(FEATURES, 4 * HIDDEN), R(HIDDEN, 4 * HIDDEN), R(4 * HIDDEN), R(HIDDEN, CLASSES), R(CLASSES)]
    def lossf(P):
        wx, wh, b, wo, bo = P
        projected = x.transpose(1, 0, 2) @ wx + b
        def cell(state, p):
            h, c = state; i, f, g, o = jnp.split(p + h @ wh, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None
        zeros = jnp.zeros((BATCH, HIDDEN)); (h, _), _ = jax.lax.scan(cell, (zeros, zeros), projected)
        return -jnp.mean(jax.nn.log_softmax(h @ wo + bo)[jnp.arange(BATCH), y])
    def update(P, m, v, t):
        g = jax.grad(lossf)(P); t = t + 1
        m = jax.tree.map(lambda m, g: .9 * m + .1 * g, m, g); v = jax.tree.map(lambda v, g: .999 * v + .001 * g * g, v, g)
        P = jax.tree.map(lambda p, m, v: p - RATE * (m / (1 - .9 ** t)) / (jnp.sqrt(v / (1 - .999 ** t)) + 1e-8), P, m, v)
        return P, m, v, t
    f = jax.jit(update, donate_argnums=(0, 1, 2, 3))
    state = [P, jax.tree.map(jnp.zeros_like, P), jax.tree.map(jnp.zeros_like, P), jnp.zeros(())]
    def step():
        state[:] = f(*state); jax.block_until_ready(state[3])
    return step


def keras_step(threads):
    import keras
    m = keras.Sequential([keras.layers.Input((STEPS, FEATURES)), keras.layers.LSTM(HIDDEN), keras.layers.Dense(CLASSES)])
    m.compile(optimizer=keras.optimizers.Adam(RATE), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=True)
    x, y = data()
    return lambda: m.train_on_batch(x, y)


STEPS_OF = {"torch": torch_step, "jax": jax_step, "keras": keras_step}


def run(peer, measure, seconds, threads):
    steps = measure(STEPS_OF[peer](threads), seconds)
    return {"work": "lstm", "peer": peer, "unit": "steps/s", "value": steps, "rows/s": steps * BATCH, "GFLOP/s": steps * BATCH * 3 * FLOPS_PER_ROW / 1e9}
