#!/usr/bin/env python3
"""What PyTorch computes for a pre-norm transformer block, as numbers to hold an implementation against.

    python3 transformer.py [--seed N] > transformer.json          needs torch and numpy; float64 throughout

- blocks: for nn.TransformerEncoderLayer with norm_first: weights by PyTorch's names, the input x [batch, steps, features], the output y,
and the gradients of sum(y * g) by x and the weights
- lengths: what recurrent layers give for packed sequences, whose samples have fewer steps than there are
- weights: what each head of an nn.MultiheadAttention takes of each key, of which the last ones of a sample may be missing
"""
import argparse, json, sys
import numpy as np, torch, torch.nn as nn
torch.set_default_dtype(torch.float64)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    draw = lambda *shape: torch.tensor(random.normal(size=shape).round(4))
    plain = lambda tensor: tensor.detach().tolist()
    cases = []
    for heads, hidden, activation, causal in [(2, 8, "gelu", False), (3, 5, "relu", True)]:
        batch, steps, size = 2, 4, 6
        block = nn.TransformerEncoderLayer(size, heads, hidden, dropout=0.0, activation=activation, batch_first=True,
                                           norm_first=True)
        for weight in block.parameters():
            weight.data.copy_(draw(*weight.shape) * 0.6)
        x, g = draw(batch, steps, size).requires_grad_(), draw(batch, steps, size)
        later = torch.ones(steps, steps).triu(1).bool() if causal else None
        y = block(x, src_mask=later)
        (y * g).sum().backward()
        cases.append({
            "settings": {"size": size, "heads": heads, "hiddenSize": hidden, "activation": activation, "causal": causal},
            "state": {name: plain(weight) for name, weight in block.state_dict().items()},
            "x": plain(x), "y": plain(y), "g": plain(g), "dx": plain(x.grad),
            "gradients": {name: plain(weight.grad) for name, weight in block.named_parameters()}})
    attention = nn.MultiheadAttention(6, 2, batch_first=True)
    for weight in attention.parameters():
        weight.data.copy_(draw(*weight.shape) * 0.6)
    query, key, lengths = draw(2, 3, 6), draw(2, 4, 6), [4, 2]
    missing = torch.arange(4)[None] >= torch.tensor(lengths)[:, None]
    _, weights = attention(query, key, key, key_padding_mask=missing, average_attn_weights=False)
    looked = {"state": {name: plain(weight) for name, weight in attention.state_dict().items()}, "query": plain(query),
              "key": plain(key), "lengths": lengths, "weights": plain(weights)}
    packed = []
    for kind, make, parts in [("lstm", nn.LSTM, 2), ("gru", nn.GRU, 1)]:
        layer = make(3, 4, batch_first=True, bidirectional=True, num_layers=2)
        for weight in layer.parameters():
            weight.data.copy_(draw(*weight.shape) * 0.6)
        x, counts = draw(3, 5, 3).requires_grad_(), [2, 5, 1]
        sequence = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(counts), batch_first=True, enforce_sorted=False)
        y, last = layer(sequence)
        y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=5)
        last = list(last) if parts == 2 else [last]
        g, last_g = draw(*y.shape), [draw(*state.shape) for state in last]
        ((y * g).sum() + sum((state * slope).sum() for state, slope in zip(last, last_g))).backward()
        packed.append({
            "kind": kind, "settings": {"inputSize": 3, "hiddenSize": 4, "layers": 2, "bidirectional": True},
            "state": {name: plain(weight) for name, weight in layer.state_dict().items()}, "lengths": counts,
            "x": plain(x), "y": plain(y), "last": [plain(state) for state in last], "g": plain(g),
            "lastG": [plain(slope) for slope in last_g], "dx": plain(x.grad),
            "gradients": {name: plain(weight.grad) for name, weight in layer.named_parameters()}})
    json.dump({"seed": given.seed, "torch": torch.__version__.split("+")[0], "blocks": cases, "weights": looked, "lengths": packed}, sys.stdout)


main()
