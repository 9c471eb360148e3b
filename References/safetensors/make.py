#!/usr/bin/env python3
"""A file by the reference writer of safetensors, and what other libraries say about checksums and half precision.

    python3 make.py          writes reference.safetensors and reference.json; needs numpy, safetensors, xxhash
    python3 make.py FILE     opens FILE with the reference reader and prints what is in it

The checksums are XXH64, seed 0, of the n bytes (7 i + 3) mod 256. "halves" is the XXH64 of all 65,536 half-precision
numbers as float32, with NaN as 12345 and the infinities as 1e9 and -1e9.
"""
import json, pathlib, sys
import numpy as np
import xxhash
from safetensors import safe_open
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
SIZES = (0, 1, 3, 4, 7, 8, 11, 31, 32, 33, 63, 64, 100, 1000)


def show(path):
    with safe_open(path, "np") as file:
        print("metadata", json.dumps(file.metadata(), sort_keys=True))
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, list(tensor.shape), tensor.ravel()[:8].tolist())


def make():
    tensors = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.array([1.5, -2]), "steps": np.array(7, dtype=np.int64),
               "mask": np.array([True, False, True]), "half": np.array([0.5, -65504, 6e-8], dtype=np.float16),
               "none": np.zeros((0, 4), dtype=np.float32)}
    save_file(tensors, HERE / "reference.safetensors", metadata={"format": "np", "note": 'é "q"'})
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    halves = np.nan_to_num(halves, nan=12345.0, posinf=1e9, neginf=-1e9)
    numbers = {"xxh64": [{"size": n, "digest": xxhash.xxh64(bytes((7 * i + 3) % 256 for i in range(n))).hexdigest()} for n in SIZES],
               "halves": xxhash.xxh64(halves.tobytes()).hexdigest(),
               "tensors": {k: v.astype(float).ravel().tolist() for k, v in tensors.items()}}
    (HERE / "reference.json").write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    show(sys.argv[1]) if len(sys.argv) > 1 else make()
