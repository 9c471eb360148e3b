#!/usr/bin/env python3
"""Trains on the census of California as the papers on networks for tables do, and prints the root of the mean squared error.

    swift build -c release
    python3 Benchmarks/california.py FOLDER/cal_housing.data [RECIPE …] [--seeds 5] [--option=--bins=32 …]

The eight features are those of scikit-learn's `fetch_california_housing`: rooms, bedrooms and population divided by the
households, the target divided by 100,000. 20% of the rows are held out to score on, and 20% of the others to watch while
training: one split for all seeds. No network learns from the rows that are watched.
"""
import argparse, csv, json, os, random, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ["income", "age", "rooms", "bedrooms", "population", "occupants", "latitude", "longitude", "value"]


def derived(line):
    """A row of the file (longitude, latitude, age, rooms, bedrooms, population, households, income, value) as features."""
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = map(float, line)
    return [income, age, rooms / households, bedrooms / households, population, population / households,
            latitude, longitude, value / 100_000]


def parts(path):
    """The rows to learn from, to watch and to score on."""
    with open(path, newline="") as text:
        # Some copies of the file have a line of names.
        rows = [derived(line) for line in csv.reader(text) if line and line[0] != "longitude"]
    random.Random(0).shuffle(rows)
    test = len(rows) // 5
    watched = test + (len(rows) - test) // 5
    return {"train": rows[watched:], "validation": rows[test:watched], "test": rows[:test]}


def train(glia, folder, recipe, seed, options):
    file = lambda name: os.path.join(folder, name + ".csv")
    run = subprocess.run(
        [glia, "train", file("train"), "--target", NAMES[-1], "--validation", file("validation"), "--test", file("test"),
         "--recipe", recipe, "--seed", str(seed), "--json", "--quiet", "-o", os.path.join(folder, "model.safetensors"),
         *options], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("recipes", nargs="*", default=["tutorial", "fast", "default", "thorough"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--option", action="append", default=[], help="handed on to glia train")
    parser.add_argument("--glia", default=os.path.join(HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    print("| recipe | RMSE | deviation over the seeds | seconds |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in parts(given.file).items():
            with open(os.path.join(folder, name + ".csv"), "w", newline="") as text:
                csv.writer(text).writerows([NAMES] + rows)
        for recipe in given.recipes:
            results = [train(given.glia, folder, recipe, seed, given.option) for seed in range(given.seeds)]
            scores = [result["metrics"]["rmse"] for result in results]
            seconds = statistics.median(result["seconds"] for result in results)
            deviation = statistics.stdev(scores) if len(scores) > 1 else 0
            print(f"| {recipe} | {statistics.mean(scores):.4f} | {deviation:.4f} | {seconds:.1f} |", flush=True)


main()
