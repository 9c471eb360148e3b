#!/usr/bin/env python3
"""Trains the command on well-known tables with no option but the target and the columns' names, and prints the scores.

    swift build -c release
    python3 Benchmarks/tables.py FOLDER [NAME …] [--seeds 5] [--option=--recipe=tutorial …]

FOLDER holds the files as their sources have them (iris.csv, adult-train.csv, mnist-train-images-idx3-ubyte.gz, …); what is
not there is said and left out. The rows that a score is of are those that `glia train` holds out by its seed, or the file's
own test rows. Each network stands beside the baselines that the command trains on the same rows. Needs no Python packages.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERED = lambda count, last: ",".join([f"x{i}" for i in range(count)] + [last])
FLOWER = "sepal_length,sepal_width,petal_length,petal_width,species"
GERMAN = ("checking,duration,history,purpose,amount,savings,employment,rate,status,debtors,residence,property,age,plans,"
          "housing,credits,job,people,phone,foreign,risk")
PIMA = "pregnancies,glucose,pressure,skin,insulin,bmi,pedigree,age,diabetes"
ABALONE = "sex,length,diameter,height,whole,shucked,viscera,shell,rings"
ADULT = ("age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,"
         "capital_loss,hours_per_week,native_country,income")
# name: (file, the columns' names where the file has no header, target, further options)
TABLES = {
    "iris": ("iris.csv", FLOWER, "species", []),
    "wine": ("wine.csv", NUMBERED(13, "class"), "class", []),
    # The last column but one is the other half of the diagnosis.
    "wdbc": ("wdbc.csv", "id," + NUMBERED(30, "malignant,diagnosis"), "diagnosis", ["--drop", "malignant"]),
    "sonar": ("sonar.csv", NUMBERED(60, "class"), "class", []),
    "ionosphere": ("ionosphere.csv", NUMBERED(34, "class"), "class", []),
    "german": ("german.csv", GERMAN, "risk", []),
    "pima": ("pima-indians-diabetes.csv", PIMA, "diabetes", []),
    "banknote": ("banknote_authentication.csv", NUMBERED(4, "class"), "class", []),
    "abalone": ("abalone.csv", ABALONE, "rings", []),
    "winequality": ("winequality-white.csv", NUMBERED(11, "quality"), "quality", []),
    "california": ("california-housing.csv", None, "median_house_value", []),
    "adult": ("adult-train.csv", ADULT, "income", ["--test", "adult-test.csv"]),
    "spambase": ("spambase.csv", None, "result", []),
}
MNIST = ["mnist-train-images-idx3-ubyte.gz", "mnist-train-labels-idx1-ubyte.gz",
         "mnist-t10k-images-idx3-ubyte.gz", "mnist-t10k-labels-idx1-ubyte.gz"]


def command_of(name, folder):
    """The arguments of `glia train` for a table, or the name of the file that is missing."""
    if name == "mnist":
        paths = [os.path.join(folder, file) for file in MNIST]
        missing = next((path for path in paths if not os.path.exists(path)), None)
        return missing, [paths[0], "--labels", paths[1], "--test", paths[2], "--test-labels", paths[3]]
    file, names, target, options = TABLES[name]
    path = os.path.join(folder, file)
    if not os.path.exists(path):
        return path, []
    options = [os.path.join(folder, option) if option.endswith(".csv") else option for option in options]
    return None, [path, "--target", target] + (["--names", names] if names else []) + options


def train(glia, arguments, seed, options):
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run([glia, "train", *arguments, "--seed", str(seed), "--json", "--quiet",
                              "-o", os.path.join(scratch, "model.safetensors"), *options],
                             capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout)


def row(name, results):
    """A line of the table: the mean of the scores over the seeds, and how often each baseline was beaten or met."""
    metric = "rmse" if results[0]["task"] == "regression" else "accuracy"
    better = (lambda a, b: a <= b) if metric == "rmse" else (lambda a, b: a >= b)
    mean = lambda scores: statistics.mean(score[metric] for score in scores)
    own = [result["metrics"] for result in results]
    cells = [name, metric, f"{mean(own):.4f}"]
    for baseline in results[0]["baselines"]:
        others = [result["baselines"][baseline] for result in results]
        wins = sum(better(a[metric], b[metric]) for a, b in zip(own, others))
        cells.append(f"{mean(others):.4f} ({wins}/{len(results)})")
    cells.append(f"{statistics.median(result['seconds'] for result in results):.2f}")
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", help=f"of {', '.join([*TABLES, 'mnist'])}; all where none is said")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--option", action="append", default=[], help="handed on to glia train")
    parser.add_argument("--glia", default=os.path.join(HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    print("| table | score | network | constant (beaten or met) | linear (beaten or met) | seconds |\n|---|---|---|---|---|---|")
    for name in given.names or [*TABLES, "mnist"]:
        if name not in TABLES and name != "mnist":
            sys.exit(f"There is no table '{name}'. There are: {', '.join([*TABLES, 'mnist'])}.")
        missing, arguments = command_of(name, given.folder)
        if missing:
            print(f"left out {name}: there is no {missing}", file=sys.stderr)
            continue
        results = [train(given.glia, arguments, seed, given.option) for seed in range(given.seeds)]
        print("| " + " | ".join(row(name, results)) + " |", flush=True)


main()
