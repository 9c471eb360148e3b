#!/usr/bin/env python3
"""Takes the parts out of a recipe one by one, and says what each was worth.

    swift build -c release
    python3 Benchmarks/ablation.py FOLDER [NAME …] [--recipe default] [--seeds 10] [--variant "one network" …]

For tables as in `tables.py`, on the rows that `tables.py --every 5` trains on: the others have no part in it. Each seed holds
out another fifth of them, the same for all variants. A cell is what a variant changes on average, with the standard error of
the paired differences: the log loss for classes and the root of the mean squared error for numbers, in percent, where more is
worse; and the accuracy in points, where more is better.
"""
import argparse, os, statistics, sys, tempfile
import tables

VARIANTS = {
    "one network": ["--networks", "1"],
    "numbers without bins": ["--bins", "0"],
    "no linear part": ["--linear-part", "false"],
    "no dropout": ["--dropout", "0"],
    "no weight decay": ["--weight-decay", "0"],
    "a constant rate": ["--schedule", "constant"],
    "no early stopping": ["--patience", "0"],
}


def scores(glia, arguments, recipe, seeds, options):
    """The losses and accuracies of the seeds."""
    results = [tables.train(glia, arguments, seed, ["--recipe", recipe, *options]) for seed in range(seeds)]
    is_regression = results[0]["task"] == "regression"
    return ([result["metrics"]["rmse" if is_regression else "logLoss"] for result in results],
            [] if is_regression else [result["metrics"]["accuracy"] for result in results])


def estimate(differences, digits):
    error = statistics.stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else 0
    return f"{statistics.mean(differences):+.{digits}f} ± {error:.{digits}f}"


def cell(own, whole):
    """What a variant changes, against the whole recipe on the same rows."""
    mean = statistics.mean(whole[0])
    text = estimate([100 * (a - b) / mean for a, b in zip(own[0], whole[0])], 1) + "%"
    return text + (", " + estimate([100 * (a - b) for a, b in zip(own[1], whole[1])], 2) if whole[1] else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(tables.TABLES)}; all where none is said")
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--variant", action="append", default=[], help=f"of {', '.join(VARIANTS)}; all where none is said")
    parser.add_argument("--glia", default=os.path.join(tables.HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    variants = given.variant or list(VARIANTS)
    unknown = [name for name in given.names if name not in tables.TABLES] + [name for name in variants if name not in VARIANTS]
    if unknown:
        sys.exit(f"There is no '{unknown[0]}'.")
    print("| table | loss, accuracy | " + " | ".join(variants) + " |\n" + "|---" * (len(variants) + 2) + "|")
    for name in given.names or tables.TABLES:
        missing, arguments = tables.command_of(name, given.folder)
        if missing:
            print(f"left out {name}: there is no {missing}", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            kept = tables.split(arguments, 5, scratch)
            test = kept.index("--test")
            kept = kept[:test] + kept[test + 2:]
            whole = scores(given.glia, kept, given.recipe, given.seeds, [])
            means = ", ".join(f"{statistics.mean(values):.4f}" for values in whole if values)
            cells = [cell(scores(given.glia, kept, given.recipe, given.seeds, VARIANTS[variant]), whole) for variant in variants]
        print("| " + " | ".join([name, means, *cells]) + " |", flush=True)


main()
