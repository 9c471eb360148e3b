#!/usr/bin/env python3
"""Glia and its peers at the same works, in turn, as a table of medians and of peak memory.

    python3 Benchmarks/compare.py [--works xor,keras] [--peers torch,jax] [--rounds 3] [--seconds 1] [--data FOLDER]

Runs every program in a process of its own, Glia first, then each peer, then Glia again, for as many rounds as asked; so
whatever else the machine does falls on all alike. Two works are whole programs, timed from their start to their end: `iris` is a
hundred epochs of 4-64-32-3, and `mnist` is 98% of the test images right, from the four IDX files in FOLDER. Peak memory is that of
the process, data and libraries included. Peers and files that are missing are named and left out (see peers.py for what the peers
need). Prints Markdown, with the machine and the versions.
"""
import argparse, importlib.metadata, os, statistics, sys, tempfile
import machine

TRAINING = ["xor", "torch", "keras", "chains", "tabular", "digits", "wide", "lenet", "lstm"]
BFLOAT16 = "-bfloat16"  # ends the name of a work that Glia does with such weights, and its peers with float32
INFERENCE = ["latency-keras", "latency-digits", "latency-digits" + BFLOAT16, "batch-digits"]
SHELL = ["iris", "mnist"]
PEERS = {**{work: ["torch", "jax", "keras"] for work in TRAINING}, "lenet": ["torch", "jax"],
         **{work: ["torch", "onnxruntime", "jax"] for work in INFERENCE},
         "perceptron": ["sklearn"], "csv": ["pandas", "pyarrow"], "iris": ["sklearn"], "mnist": ["torch", "jax"]}
PACKAGES = {"torch": "torch", "jax": "jax", "keras": "keras", "onnxruntime": "onnxruntime", "sklearn": "scikit-learn",
            "numpy": "numpy", "pandas": "pandas", "pyarrow": "pyarrow"}
IRIS = os.path.join(machine.ROOT, "Examples", "iris.csv")
MNIST = ["mnist-train-images-idx3-ubyte.gz", "mnist-train-labels-idx1-ubyte.gz",
         "mnist-t10k-images-idx3-ubyte.gz", "mnist-t10k-labels-idx1-ubyte.gz"]
MNIST_ACCURACY = 0.98


def train_command(work, folder, seed, output):
    """The work `iris` or `mnist` as a user of the command has it."""
    common = ["--seed", str(seed), "--validation-fraction", "0", "--json", "--quiet", "-o", output]
    if work == "iris":
        return [machine.GLIA, "train", IRIS, "--target", "species", "--recipe", "tutorial", "--batch-size", "32", *common]
    images, labels, test, test_labels = (os.path.join(folder, file) for file in MNIST)
    return [machine.GLIA, "train", images, "--labels", labels, "--test", test, "--test-labels", test_labels,
            "--recipe", "tutorial", "--hidden", "512,256", "--batch-size", "256", "--learning-rate", "0.004",
            "--schedule", "oneCycle", "--epochs", "3", *common]


def run_shell(work, peer, given, seed):
    """Runs a second: the rate of a whole program, of which nothing is kept but its score."""
    with tempfile.TemporaryDirectory() as scratch:
        command = train_command(work, given.data, seed, os.path.join(scratch, "model.safetensors"))
        if peer != "glia":
            files = IRIS if work == "iris" else given.data
            command = [sys.executable, os.path.join(machine.HERE, "shell_peers.py"), work, peer, files, "--seed", str(seed)]
        outcome = machine.run(command)
    if not outcome:
        return None
    accuracy = outcome.said.get("metrics", outcome.said)["accuracy"]
    if work == "mnist" and accuracy < MNIST_ACCURACY:
        print(f"not counted: {peer} reached {accuracy:.4f} of mnist with seed {seed}", file=sys.stderr)
        return None
    return 1 / outcome.seconds, outcome.megabytes


def run_bench(work, peer, given):
    peers = [sys.executable, os.path.join(machine.HERE, "peers.py"), "run", work.removesuffix(BFLOAT16), peer, "--seconds", str(given.seconds)]
    outcome = machine.bench(work, given.seconds) if peer == "glia" else machine.run(peers)
    if not outcome or not outcome.said["value"]:
        return None
    return outcome.said["value"], outcome.megabytes


def measured(work, peers, given):
    """Each program's median rate and median peak memory; one that never ran is left out."""
    results = {peer: [] for peer in ["glia", *peers]}
    for number in range(given.rounds):
        for peer in results:
            result = run_shell(work, peer, given, number) if work in SHELL else run_bench(work, peer, given)
            if result:
                results[peer].append(result)
    return {peer: tuple(map(statistics.median, zip(*runs))) for peer, runs in results.items() if runs}


def row(work, medians):
    text = lambda rate: f"{1 / rate:.2f} s" if work in SHELL else f"{rate:,.0f}" if rate >= 100 else f"{rate:.2f}"
    own = medians.pop("glia", None)
    ranked = sorted(medians, key=lambda peer: -medians[peer][0])
    best = ranked[0] if ranked else None
    return [work, text(own[0]) if own else "did not run", f"{best} {text(medians[best][0])}" if best else "none ran",
            f"{own[0] / medians[best][0]:.2f} times" if own and best else "",
            ", ".join(f"{peer} {text(medians[peer][0])}" for peer in ranked[1:]),
            f"{own[1]:,.0f}" if own else "", ", ".join(f"{peer} {medians[peer][1]:,.0f}" for peer in ranked)]


def missing_files(work, folder):
    if work != "mnist":
        return None
    if not folder:
        return "--data does not say where its files are"
    path = next((path for path in (os.path.join(folder, file) for file in MNIST) if not os.path.exists(path)), None)
    return path and f"there is no {path}"


def installed_peers():
    versions = {}
    for peer, package in PACKAGES.items():
        try:
            versions[peer] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return versions


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", default=",".join(PEERS), help=f"of {', '.join(PEERS)}; all where none is said")
    parser.add_argument("--peers", help=f"of {', '.join(PACKAGES)}; all where none is said")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--data", help="the folder of MNIST's four files, compressed as they come")
    given = parser.parse_args()
    given.works = given.works.split(",")
    for work in given.works:
        if work not in PEERS:
            parser.error(f"there is no work '{work}'")
    return given


def main():
    given = arguments()
    if set(given.works) - set(SHELL):
        machine.build("bench")
    if set(given.works) & set(SHELL):
        machine.build("glia")
    installed = installed_peers()
    missing = [peer for peer in PACKAGES if peer not in installed]
    print(f"{machine.described()}, {machine.load()}; glia {machine.version()}, "
          + ", ".join(f"{peer} {version}" for peer, version in installed.items())
          + (f"; not installed: {', '.join(missing)}" if missing else "") + "\n")
    print("| work | Glia | fastest peer | Glia against it | the others | peak MB | peak MB of the peers |\n|---|---|---|---|---|---|---|")
    for work in given.works:
        missing_file = missing_files(work, given.data)
        if missing_file:
            print(f"left out {work}: {missing_file}", file=sys.stderr)
            continue
        peers = [peer for peer in PEERS[work] if peer in installed and (not given.peers or peer in given.peers.split(","))]
        print("| " + " | ".join(row(work, measured(work, peers, given))) + " |", flush=True)


if __name__ == "__main__":
    main()
