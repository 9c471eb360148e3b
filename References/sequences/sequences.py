#!/usr/bin/env python3
"""What PyTorch computes for recurrent layers, attention and their masks, as numbers to hold an implementation against.

    python3 sequences.py [--seed N] > sequences.json          needs torch and numpy; float64 throughout

- recurrent: weights by PyTorch's names, the input x [batch, steps, features], the states that it starts from where there are
  any, the output y, the last states, and the gradients of sum(y * g) + sum(states * their g) by x, the weights and the states
- attention: the same for nn.MultiheadAttention, with queries, keys and values, or self-attention of x. Masks say what is
  allowed: causal, lengths of the keys, a table of keys, a table of pairs (PyTorch's own are the opposite)
- encodings: the sinusoidal encoding by the formula, and a rotary one, as complex numbers
"""
import argparse, json, sys
import numpy as np, torch, torch.nn as nn
torch.set_default_dtype(torch.float64)


def main():
    ap = argparse.ArgumentParser(); ap.add_argument("--seed", type=int, default=7); a = ap.parse_args()
    torch.manual_seed(a.seed); rng = np.random.default_rng(a.seed)
    R = lambda *s: torch.tensor(rng.normal(size=s).round(4))
    L = lambda t: t.detach().tolist()
    out = {"seed": a.seed, "torch": torch.__version__.split("+")[0], "recurrent": [], "attention": [], "encodings": []}

    def fill(m):
        for p in m.parameters(): p.data.copy_(R(*p.shape) * 0.6)
        return {k: L(v) for k, v in m.state_dict().items()}

    def grads(m): return {k: L(p.grad) for k, p in m.named_parameters()}

    # ---- recurrent layers: kind, PyTorch's class, arguments, settings, whether states are given
    for kind, make, settings, starts in [
        ("rnn", nn.RNN, {}, False), ("rnn", nn.RNN, {"nonlinearity": "relu"}, True), ("lstm", nn.LSTM, {}, False), ("lstm", nn.LSTM, {}, True),
        ("lstm", nn.LSTM, {"bias": False, "layers": 2}, False), ("lstm", nn.LSTM, {"bidirectional": True}, False), ("lstm", nn.LSTM, {"bidirectional": True, "layers": 2}, True),
        ("gru", nn.GRU, {}, False), ("gru", nn.GRU, {"bias": False}, True), ("gru", nn.GRU, {"bidirectional": True, "layers": 2}, True), ("rnn", nn.RNN, {"bidirectional": True, "layers": 2}, True)]:
        I, H, B, T = 3, 4, 2, 5
        names = {"layers": "num_layers"}
        m = make(I, H, batch_first=True, **{names.get(k, k): v for k, v in settings.items()}); state = fill(m)
        rows = settings.get("layers", 1) * (2 if settings.get("bidirectional") else 1)
        x = R(B, T, I).requires_grad_(); parts = 2 if kind == "lstm" else 1
        start = [R(rows, B, H).requires_grad_() for _ in range(parts)] if starts else None
        y, last = m(x, None if start is None else tuple(start) if parts == 2 else start[0])
        last = list(last) if parts == 2 else [last]
        g, gl = R(*y.shape), [R(rows, B, H) for _ in last]
        ((y * g).sum() + sum((s * q).sum() for s, q in zip(last, gl))).backward()
        out["recurrent"].append({"kind": kind, "settings": {"inputSize": I, "hiddenSize": H, **settings}, "state": state, "x": L(x), "start": [L(s) for s in start] if starts else [], "y": L(y), "last": [L(s) for s in last],
                                 "g": L(g), "lastG": [L(s) for s in gl], "dx": L(x.grad), "dStart": [L(s.grad) for s in start] if starts else [], "gradients": grads(m)})

    # ---- attention
    B, Q, K, E = 3, 4, 5, 6
    present = torch.tensor([[1, 1, 0, 1, 0], [1, 0, 1, 1, 1], [0, 0, 1, 1, 0]]).bool(); pairs = torch.tensor(rng.random((Q, K)) < 0.6); pairs[:, 2] = True
    for settings, masks, apart in [({"heads": 2}, {}, False), ({"heads": 3}, {"causal": True}, False), ({"heads": 1, "bias": False}, {}, True), ({"heads": 2}, {"lengths": [5, 2, 3]}, True), ({"heads": 3}, {"keys": L(present)}, True),
                                   ({"heads": 2}, {"pairs": L(pairs), "lengths": [5, 4, 3]}, True), ({"heads": 2}, {"causal": True, "lengths": [4, 1, 3]}, False)]:
        m = nn.MultiheadAttention(E, settings["heads"], bias=settings.get("bias", True), batch_first=True); state = fill(m)
        inputs = [R(B, Q, E), R(B, K, E), R(B, K, E)] if apart else [R(B, Q, E)]
        for t in inputs: t.requires_grad_()
        q, k, v = inputs if apart else inputs * 3
        n = k.shape[1]; missing = None
        if "lengths" in masks: missing = torch.arange(n)[None] >= torch.tensor(masks["lengths"])[:, None]
        if "keys" in masks: missing = ~present
        forbidden = ~torch.ones(Q, n).tril().bool() if masks.get("causal") else ~pairs if "pairs" in masks else None
        y, _ = m(q, k, v, key_padding_mask=missing, attn_mask=forbidden, need_weights=False); g = R(*y.shape); (y * g).sum().backward()
        out["attention"].append({"settings": {"size": E, **settings}, "masks": masks, "state": state, "inputs": [L(t) for t in inputs], "y": L(y), "g": L(g), "dInputs": [L(t.grad) for t in inputs], "gradients": grads(m)})

    # ---- encodings
    for steps, size in [(7, 6), (4, 5)]:
        t, j = np.arange(steps)[:, None], np.arange(size)[None]
        angle = t / 10000.0 ** (2 * (j // 2) / size)
        out["encodings"].append({"kind": "sinusoidal", "x": np.zeros((1, steps, size)).tolist(), "y": np.where(j % 2 == 0, np.sin(angle), np.cos(angle))[None].tolist()})
    x = R(2, 7, 6).numpy(); n = 3
    turned = (x[..., :n] + 1j * x[..., n:]) * np.exp(1j * np.arange(7)[:, None] / 10000.0 ** (np.arange(n)[None] / n))
    out["encodings"].append({"kind": "rotary", "x": x.tolist(), "y": np.concatenate([turned.real, turned.imag], -1).tolist()})
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
