#!/usr/bin/env python3
"""What PyTorch and the papers' own formulas give for what pytorch/pytorch.json does not hold, as numbers.

    python3 optimizers.py > optimizers.json          needs torch and numpy; float64 throughout

- optimizers: twenty steps on the problem of pytorch.json. Adafactor is PyTorch's. Lion (arXiv:2302.06675), Muon with the
              scale of arXiv:2502.16982 and schedule-free AdamW (arXiv:2405.15682) are written here from their papers in NumPy;
              PyTorch's Muon computes in bfloat16, and this script checks that it is as near as that allows.
- around:     twenty steps of an optimizer of PyTorch with what goes around it: gradients clipped by norm and by value, groups,
              accumulated gradients, an L1 term, rows of bounded norm, a moving average of the weights
- schedules:  torch.optim.lr_scheduler: ReduceLROnPlateau over given values, SequentialLR, other settings of the others
"""
import json, os, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
torch.set_default_dtype(torch.float64)

here = os.path.dirname(os.path.abspath(__file__))
problem = json.load(open(os.path.join(here, "../pytorch/pytorch.json")))["optimizerProblem"]
X, Y = torch.tensor(problem["x"]), torch.tensor(problem["y"])
NAMES = list(problem["initial"])


def network():
    net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3))
    net.load_state_dict({k: torch.tensor(v) for k, v in problem["initial"].items()})
    return net


def result(net):
    return {k: v.tolist() for k, v in net.state_dict().items()}


def walk(update, rows=lambda i: slice(None)):
    """Twenty steps; update(net, loss) changes the parameters, whose gradients are there."""
    net, losses = network(), []
    for i in range(20):
        net.zero_grad()
        loss = F.mse_loss(net(X[rows(i)]), Y[rows(i)])
        losses.append(float(loss.detach()))
        loss.backward()
        update(net, i)
    return net, losses


def in_numpy(step):
    """An update rule over arrays: step(index, name, parameter, gradient, state) gives the parameter."""
    state = {n: {} for n in NAMES}

    def update(net, i):
        for n, p in net.named_parameters():
            p.data = torch.tensor(step(i, n, p.detach().numpy().copy(), p.grad.numpy().copy(), state[n]))
    return update


def lion(lr, b1, b2, decay):
    def step(i, n, p, g, s):
        m = s.get("m", np.zeros_like(p))
        c = b1 * m + (1 - b1) * g
        s["m"] = b2 * m + (1 - b2) * g
        return p - lr * (np.sign(c) + decay * p)
    return in_numpy(step)


def orthogonal(g, steps=5, eps=1e-7):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / max(np.sqrt((g * g).sum()), eps)
    if g.shape[0] > g.shape[1]:
        x = x.T
    for _ in range(steps):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def muon(lr, momentum, nesterov, decay, b1, b2, eps):
    def step(i, n, p, g, s):
        if p.ndim < 2:
            s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
            s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
            mean, square = s["m"] / (1 - b1 ** (i + 1)), s["v"] / (1 - b2 ** (i + 1))
            return p - lr * decay * p - lr * mean / (np.sqrt(square) + eps)
        s["m"] = momentum * s.get("m", np.zeros_like(p)) + (1 - momentum) * g
        u = momentum * s["m"] + (1 - momentum) * g if nesterov else s["m"]
        return p - lr * decay * p - lr * 0.2 * np.sqrt(max(p.shape)) * orthogonal(u)
    return in_numpy(step)


def schedule_free(lr, b1, b2, eps, decay, warm_up):
    """Algorithm 1 of the paper with AdamW's denominator: z steps, x averages, y is where the gradient is taken."""
    shared = {"sum": 0.0, "largest": 0.0, "i": -1}
    average = {}

    def step(i, n, p, g, s):
        if n == NAMES[0]:
            shared["rate"] = lr * min(1, (i + 1) / warm_up) if warm_up else lr
            shared["largest"] = max(shared["largest"], shared["rate"])
            weight = shared["largest"] ** 2
            shared["sum"] += weight
            shared["c"] = weight / shared["sum"]
        z, x = s.get("z", p), s.get("x", p)
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        d = g / (np.sqrt(s["v"] / (1 - b2 ** (i + 1))) + eps) + decay * p
        s["z"] = z - shared["rate"] * d
        s["x"] = (1 - shared["c"]) * x + shared["c"] * s["z"]
        average[n] = s["x"].tolist()
        return (1 - b1) * s["z"] + b1 * s["x"]
    return in_numpy(step), average


def torchs(make, before=lambda net: None, after=lambda net, i: None, every=1):
    made = {}

    def update(net, i):
        if net not in made:
            made[net] = make(net)
            made["sum"] = [torch.zeros_like(p) for p in net.parameters()]
        for total, p in zip(made["sum"], net.parameters()):
            total += p.grad / every
        if (i + 1) % every == 0:
            for total, p in zip(made["sum"], net.parameters()):
                p.grad = total.clone()
                total.zero_()
            before(net)
            made[net].step()
        after(net, i)
    return update


def check_muon():
    """PyTorch's own, in bfloat16, takes nearly the same first step on a matrix."""
    w = torch.tensor(problem["initial"]["0.weight"])
    g = torch.tensor(np.random.default_rng(1).normal(size=w.shape))
    p = nn.Parameter(w.clone())
    p.grad = g.clone()
    torch.optim.Muon([p], lr=0.1, weight_decay=0.1, momentum=0.95, nesterov=True, adjust_lr_fn="match_rms_adamw").step()
    mine = muon(0.1, 0.95, True, 0.1, 0.9, 0.999, 1e-8)
    class One(nn.Module):
        def __init__(self): super().__init__(); self.w = nn.Parameter(w.clone())
        def named_parameters(self): return [(NAMES[0], self.w)]
    one = One(); one.w.grad = g.clone(); mine(one, 0)
    assert (one.w - p).abs().max() < 0.02 * (p - w).abs().max(), (one.w - p).abs().max()


def optimizers():
    out = []

    def add(name, parameters, update, average=None):
        net, losses = walk(update)
        entry = {"name": name, "parameters": parameters, "losses": losses, "final": result(net)}
        if average is not None:
            entry["evaluation"] = average
        out.append(entry)
    add("lion", {"learningRate": 0.003}, lion(0.003, 0.9, 0.99, 0.01))
    add("lion", {"learningRate": 0.01, "beta1": 0.8, "beta2": 0.9, "weightDecay": 0.1}, lion(0.01, 0.8, 0.9, 0.1))
    check_muon()
    add("muon", {"learningRate": 0.02}, muon(0.02, 0.95, True, 0.1, 0.9, 0.999, 1e-8))
    add("muon", {"learningRate": 0.05, "momentum": 0.8, "nesterov": False, "weightDecay": 0, "beta1": 0.8, "beta2": 0.95},
        muon(0.05, 0.8, False, 0, 0.8, 0.95, 1e-8))
    A = torch.optim.Adafactor
    add("adafactor", {"learningRate": 0.1},
        torchs(lambda n: A(n.parameters(), lr=0.1, eps=(1e-15, 1e-3))))
    add("adafactor", {"learningRate": 0.3, "decayExponent": 0.5, "smallestScale": 0.3, "threshold": 1.05, "weightDecay": 0.1},
        torchs(lambda n: A(n.parameters(), lr=0.3, beta2_decay=-0.5, eps=(1e-15, 0.3), d=1.05, weight_decay=0.1)))
    add("scheduleFreeAdamW", {"learningRate": 0.02}, *schedule_free(0.02, 0.9, 0.999, 1e-8, 0.01, 0))
    add("scheduleFreeAdamW", {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "weightDecay": 0.1, "warmUpSteps": 6},
        *schedule_free(0.05, 0.8, 0.95, 1e-8, 0.1, 6))
    return out


def around():
    sgd = lambda n: torch.optim.SGD(n.parameters(), 0.1, momentum=0.9)
    out = []

    def add(name, update, rows=lambda i: slice(None), average=None):
        net, losses = walk(update, rows)
        entry = {"name": name, "losses": losses, "final": result(net)}
        if average is not None:
            entry["evaluation"] = {k: v.tolist() for k, v in average.items()}
        out.append(entry)
    add("clippedByNorm", torchs(sgd, lambda n: nn.utils.clip_grad_norm_(n.parameters(), 0.8)))
    add("clippedByValue", torchs(sgd, lambda n: nn.utils.clip_grad_value_(n.parameters(), 0.05)))

    def groups(n):
        q = dict(n.named_parameters())
        W = torch.optim.AdamW
        return W([{"params": [q["0.weight"]], "lr": 0.005, "weight_decay": 0.3},
                  {"params": [q["0.bias"], q["2.bias"]], "weight_decay": 0},
                  {"params": [q["2.weight"]]}], lr=0.02, weight_decay=0.1)
    add("groups", torchs(groups))
    add("accumulated", torchs(sgd, every=3), lambda i: slice(3 * (i % 3), 3 * (i % 3) + 3))

    def l1(n):
        for p in n.parameters():
            p.grad += 0.02 * p.detach().sign()
    add("l1", torchs(sgd, l1))

    def bound(n, i):
        for p in n.parameters():
            if p.ndim > 1:
                # torch.renorm is the same but for 1e-7 that it adds to the norm.
                p.data *= (0.8 / p.data.norm(dim=1, keepdim=True)).clamp(max=1)
    add("maxNorm", torchs(sgd, after=bound))
    average = {}

    def follow(n, i):
        for k, p in n.named_parameters():
            average[k] = p.detach().clone() if i == 0 else 0.8 * average[k] + 0.2 * p.detach()
    add("averaged", torchs(sgd, after=follow), average=average)
    return out


def rates(make, steps, values=None):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    s, out = make(o), []
    for i in range(steps):
        out.append(o.param_groups[0]["lr"])
        o.step()
        s.step() if values is None else s.step(values[i])
    return out


def schedules():
    S = torch.optim.lr_scheduler
    rng = np.random.default_rng(3)
    out = []
    for p in [{}, {"factor": 0.5, "patience": 2, "minimumChange": 0.05, "cooldown": 3},
              {"factor": 0.3, "patience": 0, "minimum": 0.004, "higherIsBetter": True}]:
        values = (1 / (1 + np.arange(60) / 5) + rng.normal(size=60) * 0.03).round(4).tolist()
        make = lambda o: S.ReduceLROnPlateau(
            o, "max" if p.get("higherIsBetter") else "min", p.get("factor", 0.1), p.get("patience", 10),
            p.get("minimumChange", 1e-4), "rel", p.get("cooldown", 0), p.get("minimum", 0))
        out.append({"name": "plateau", "parameters": p, "values": values, "rates": rates(make, 60, values)})
    out.append({"name": "oneCycle", "parameters": {"maximum": 0.2, "steps": 60, "upFraction": 0.4, "startDivisor": 10, "endDivisor": 100},
                "rates": rates(lambda o: S.OneCycleLR(o, 0.2, total_steps=60, pct_start=0.4, div_factor=10, final_div_factor=100, cycle_momentum=False), 60)})
    out.append({"name": "cosineRestarts", "parameters": {"firstPeriod": 7, "factor": 1, "minimum": 0.01},
                "rates": rates(lambda o: S.CosineAnnealingWarmRestarts(o, 7, 1, 0.01), 60)})
    out.append({"name": "polynomial", "parameters": {"steps": 50, "power": 0.7},
                "rates": rates(lambda o: S.PolynomialLR(o, 50, 0.7), 60)})
    out.append({"name": "sequence", "parameters": {},
                "rates": rates(lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.25, 1, 8), S.ExponentialLR(o, 0.9), S.StepLR(o, 4, 0.5)], [8, 30]), 60)})
    return out


if __name__ == "__main__":
    json.dump({"torch": torch.__version__.split("+")[0], "optimizers": optimizers(), "around": around(), "schedules": schedules()}, sys.stdout)
