#!/usr/bin/env python3
"""Trains on the images of MNIST and Fashion-MNIST by the command, and prints the accuracy on their 10,000 test images.

    swift build -c release
    python3 Benchmarks/images.py FOLDER [mnist fashion-mnist] [--recipe default --recipe thorough] [--seeds 1] [--rows 0]

FOLDER holds the IDX files as their sources have them (mnist-train-images-idx3-ubyte.gz, fashion-mnist-t10k-labels-idx1-ubyte.gz,
…). With --rows N the last N training images are scored on instead, and not trained on: what recipes are chosen by.
"""
import argparse, gzip, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def files(folder, name):
    """The images and labels to learn from, and those to score on."""
    return [os.path.join(folder, f"{name}-{part}-{kind}-ubyte.gz")
            for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


def held(paths, rows, scratch):
    """The training files without their last rows, and these rows."""
    made = []
    for path, header in zip(paths[:2], (16, 8)):
        with gzip.open(path) as file:
            data = file.read()
        count = int.from_bytes(data[4:8], "big")
        size = (len(data) - header) // count
        cut = header + (count - rows) * size
        for name, number, part in (("kept", count - rows, data[header:cut]), ("held", rows, data[cut:])):
            made.append(os.path.join(scratch, f"{name}-{os.path.basename(path)[:-3]}"))
            with open(made[-1], "wb") as file:
                file.write(data[:4] + number.to_bytes(4, "big") + data[8:header] + part)
    return [made[0], made[2], made[1], made[3]]


def train(glia, paths, seed, options):
    images, labels, test_images, test_labels = paths
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run(
            [glia, "train", images, "--labels", labels, "--test", test_images, "--test-labels", test_labels, "--seed", str(seed),
             "--json", "--quiet", "-o", os.path.join(scratch, "model.safetensors"), *options], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", default=["mnist", "fashion-mnist"])
    parser.add_argument("--recipe", action="append", help="default where none is said")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rows", type=int, default=0, help="score on so many of the training images")
    parser.add_argument("--option", action="append", default=[], help="handed on to glia train")
    parser.add_argument("--glia", default=os.path.join(HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    print("| images | recipe | accuracy | error | seconds |\n|---|---|---|---|---|")
    for name in given.names:
        paths = files(given.folder, name)
        missing = [path for path in paths if not os.path.exists(path)]
        if missing:
            print(f"left out {name}: there is no {missing[0]}", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            paths = held(paths, given.rows, scratch) if given.rows else paths
            for recipe in given.recipe or ["default"]:
                results = [train(given.glia, paths, seed, ["--recipe", recipe, *given.option]) for seed in range(given.seeds)]
                accuracy = statistics.mean(result["metrics"]["accuracy"] for result in results)
                seconds = statistics.median(result["seconds"] for result in results)
                print(f"| {name} | {recipe} | {accuracy:.4f} | {100 * (1 - accuracy):.2f}% | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
