#!/usr/bin/env python3
"""Files by torch.save, and what torch.load says of Glia's.

    python3 make.py             writes the .pt files beside this script and expected.json; needs torch and numpy
    python3 make.py FILE …      opens .pt files with torch.load(weights_only=True) and prints what is in them

expected.json has, for each file, the tensors that Glia should find: shape, and numbers as float64, row by row. The files
called refused-… hold what is no state dict.
"""
import collections, json, pathlib, sys
import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent


def flat(value, path=""):
    if isinstance(value, torch.Tensor):
        yield path, value.detach()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else []
    for key, child in items:
        yield from flat(child, f"{path}.{key}" if path else str(key))


def show(path):
    state = torch.load(path, weights_only=True)
    for name, tensor in flat(state):
        print(pathlib.Path(path).name, name, tensor.dtype, list(tensor.shape), tensor.double().flatten()[:8].tolist())


def make():
    torch.manual_seed(1)
    files = {}
    types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
             torch.uint8, torch.bool]
    files["types"] = {str(t).split(".")[1]: (torch.arange(6).reshape(2, 3) % 5).to(t) for t in types}
    base = torch.arange(24.0)
    files["views"] = collections.OrderedDict(
        whole=base, transposed=base.reshape(4, 6).t(), part=base[5:17:3], corner=base.reshape(2, 3, 4)[:, 1:, ::2],
        expanded=torch.tensor([1.0, 2.0]).reshape(2, 1).expand(2, 3), scalar=torch.tensor(2.5), empty=torch.zeros(0, 4),
        permuted=base.reshape(2, 3, 4).permute(2, 0, 1))
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.ReLU(), nn.Linear(2, 1))
    files["net"] = net.state_dict()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    net(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    files["checkpoint"] = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "best": 0.25,
                           "note": "é", "big": 2**40, "negative": -(2**33), "nothing": None, "flag": True}
    files["parameter"] = {"weight": nn.Parameter(torch.tensor([1.0, -2.0]))}
    expected = {}
    for name, value in files.items():
        torch.save(value, HERE / f"{name}.pt")
        expected[name] = [{"name": n, "shape": list(t.shape), "dtype": str(t.dtype).split(".")[1],
                           "values": t.double().flatten().tolist()} for n, t in flat(value)]
    with torch.no_grad():
        rows = torch.randn(3, 3)
        expected["outputs of net"] = {"input": rows.double().flatten().tolist(), "output": net.eval()(rows).double().flatten().tolist()}
    torch.save(net, HERE / "refused-module.pt")
    torch.save({"w": np.ones(2)}, HERE / "refused-numpy.pt")
    torch.save({"f": torch.relu}, HERE / "refused-function.pt")
    torch.save(files["parameter"], HERE / "refused-old.pt", _use_new_zipfile_serialization=False)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    [show(path) for path in sys.argv[1:]] if len(sys.argv) > 1 else make()
