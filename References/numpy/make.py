#!/usr/bin/env python3
"""Files by NumPy, and what NumPy says of Glia's.

    python3 make.py             writes the .npy and .npz files beside this script and expected.json; needs numpy
    python3 make.py FILE …      opens .npy and .npz files with NumPy and prints what is in them

expected.json has each array's shape and its numbers as float64, row by row. The names of the .npy files say type, order and
version; those that end in "-plain" are written by numpy.save as it is.
"""
import io, json, pathlib, sys
import numpy as np

HERE = pathlib.Path(__file__).parent


def show(path):
    loaded = np.load(path)
    arrays = {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    for name, array in sorted(arrays.items()):
        print(pathlib.Path(path).name, name, array.dtype.str, list(array.shape), array.ravel()[:8].tolist())


def values(code, shape):
    count = int(np.prod(shape))
    numbers = (np.arange(count) * 7 % 11) - (0 if code[0] in "ub" else 5)
    numbers = numbers % 2 if code == "b1" else numbers * 0.5 if code[0] == "f" else numbers
    return numbers.reshape(shape)


def make():
    arrays = {}
    codes = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"]
    for code in codes:
        arrays[f"{code}-plain"] = (values(code, (2, 3)).astype("<" + code), None)
    for code in ["f8", "f4", "f2", "i8", "i2", "u4"]:
        arrays[f"{code}-big"] = (values(code, (3, 2)).astype(">" + code), (1, 0))
    arrays["f4-fortran"] = (np.asfortranarray(values("f4", (2, 3, 4)).astype("<f4")), (1, 0))
    arrays["i2-fortran-big"] = (np.asfortranarray(values("i2", (4, 3)).astype(">i2")), (2, 0))
    arrays["f8-version2"] = (values("f8", (5,)).astype("<f8"), (2, 0))
    arrays["f8-version3"] = (values("f8", (1, 5)).astype("<f8"), (3, 0))
    arrays["f4-scalar-plain"] = (np.array(2.5, "<f4"), None)
    arrays["i8-empty-plain"] = (np.zeros((0, 4), "<i8"), None)
    arrays["f4-long-plain"] = (values("f4", (1, 1, 1, 1, 1, 2, 1)).astype("<f4"), None)
    expected = {}
    for name, (array, version) in arrays.items():
        buffer = io.BytesIO()
        if version is None:
            np.save(buffer, array)
        else:
            np.lib.format.write_array(buffer, array, version=version)
        (HERE / f"{name}.npy").write_bytes(buffer.getvalue())
        expected[name] = {"shape": list(array.shape), "values": array.astype(float).ravel().tolist()}
    several = {"weight": values("f4", (2, 3)).astype("<f4"), "bias": np.array([1.5, -2.0]), "a.b": np.array(7)}
    np.savez(HERE / "stored.npz", **several)
    np.savez_compressed(HERE / "deflated.npz", **several, zeros=np.zeros(1000, "<f4"))
    expected["npz"] = {k: {"shape": list(v.shape), "values": v.astype(float).ravel().tolist()} for k, v in several.items()}
    refused = {"object": np.array([None, 1], dtype=object), "complex": np.array([1j]), "text": np.array(["a"]),
               "structure": np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]), "date": np.array(["2020-01-01"], "M8[D]")}
    for name, array in refused.items():
        np.save(HERE / f"refused-{name}.npy", array, allow_pickle=True)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    [show(path) for path in sys.argv[1:]] if len(sys.argv) > 1 else make()
