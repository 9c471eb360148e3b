#!/usr/bin/env python3
"""Glia and its peers at the same works, in turn, as a table of medians.

    python3 Benchmarks/compare.py [--works xor,keras] [--peers torch,jax] [--rounds 3] [--seconds 1]

Runs every program in a process of its own, Glia first, then each peer, then Glia again, for as many rounds as asked; so
whatever else the machine does falls on all alike. Peers that are not installed are named and left out (see peers.py for
what they need). Prints Markdown, with the machine and the versions.
"""
import argparse, importlib.metadata, json, os, platform, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINING = ["xor", "torch", "keras", "chains", "tabular", "digits", "wide", "lenet", "lstm"]
INFERENCE = ["latency-keras", "latency-digits", "batch-digits"]
PACKAGES = {"torch": "torch", "jax": "jax", "keras": "keras", "onnxruntime": "onnxruntime", "sklearn": "scikit-learn", "numpy": "numpy", "pandas": "pandas", "pyarrow": "pyarrow"}


def peers_of(work):
    if work == "perceptron":
        return ["sklearn"]
    if work == "csv":
        return ["pandas", "pyarrow"]
    if work == "lenet":
        return ["torch", "jax"]
    return ["torch", "onnxruntime", "jax"] if work in INFERENCE else ["torch", "jax", "keras"]


def value(command):
    run = subprocess.run(command, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)["value"]
    return None


def processor():
    for line in open("/proc/cpuinfo") if os.path.exists("/proc/cpuinfo") else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--works", default=",".join(TRAINING + INFERENCE + ["perceptron", "csv"]))
    ap.add_argument("--peers"); ap.add_argument("--rounds", type=int, default=3); ap.add_argument("--seconds", type=float, default=1.0)
    a = ap.parse_args()
    subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE], check=True, stdout=sys.stderr)
    bench = os.path.join(HERE, ".build", "release", "bench")
    installed, missing = {}, []
    for peer, package in PACKAGES.items():
        try: installed[peer] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError: missing.append(peer)
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
          + ", ".join(f"{p} {v}" for p, v in installed.items()) + (f"; not installed: {', '.join(missing)}" if missing else "") + "\n")
    print("| work | Glia | " + "fastest peer | Glia against it | the others |\n|---|---|---|---|---|")
    for work in a.works.split(","):
        peers = [p for p in peers_of(work) if p in installed and (not a.peers or p in a.peers.split(","))]
        rates = {p: [] for p in ["glia"] + peers}
        for _ in range(a.rounds):
            for peer in rates:
                command = [bench, work, "--seconds", str(a.seconds)] if peer == "glia" else [
                    sys.executable, os.path.join(HERE, "peers.py"), "run", work, peer, "--seconds", str(a.seconds)]
                rate = value(command)
                if rate: rates[peer].append(rate)
        medians = {p: statistics.median(r) for p, r in rates.items() if r}
        others = sorted(((r, p) for p, r in medians.items() if p != "glia"), reverse=True)
        text = lambda r: f"{r:,.0f}" if r >= 100 else f"{r:.2f}"
        if not others or "glia" not in medians:
            print(f"| {work} | {text(medians.get('glia', 0))} | none ran | | |", flush=True); continue
        best = others[0]
        print(f"| {work} | {text(medians['glia'])} | {best[1]} {text(best[0])} | {medians['glia'] / best[0]:.2f} times | "
              + ", ".join(f"{p} {text(r)}" for r, p in others[1:]) + " |", flush=True)


if __name__ == "__main__":
    main()
