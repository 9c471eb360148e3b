#!/usr/bin/env python3
"""Trains the command on well-known tables with no option but the target and the columns' names, and prints the scores.

    swift build -c release
    python3 Benchmarks/tables.py FOLDER [NAME …] [--seeds 5] [--every 5] [--peers] [--option=--recipe=tutorial …]

FOLDER holds the files as their sources have them (iris.csv, adult-train.csv, mnist-train-images-idx3-ubyte.gz, …); what is
not there is said and left out. The rows that a score is of are those that `glia train` holds out by its seed, or the file's
own test rows; with --every 5 each fifth row of the file, whatever the seed. Each network stands beside the baselines that the
command trains on the same rows. With --peers (which needs --every, pandas and scikit-learn) scikit-learn's gradient boosting and
MLP are trained on the same rows, at their defaults.
"""
import argparse, csv, json, os, statistics, subprocess, sys, tempfile

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


def split(arguments, every, scratch):
    """Two files with headers in a folder: the rows to learn from, and those to score on."""
    path, names = arguments[0], (arguments[arguments.index("--names") + 1] if "--names" in arguments else None)
    def cells(file):
        with open(file, newline="") as text:
            rows = [[cell.strip() for cell in row] for row in csv.reader(text) if row and not row[0].startswith("#")]
        return (names.split(","), rows) if names else (rows[0], rows[1:])
    header, rows = cells(path)
    if "--test" in arguments:
        held = [[cell.rstrip(".") if place == len(row) - 1 else cell for place, cell in enumerate(row)]
                for row in cells(arguments[arguments.index("--test") + 1])[1]]
    else:
        rows, held = ([row for place, row in enumerate(rows) if (place % every == every - 1) == is_held]
                      for is_held in (False, True))
    files = [os.path.join(scratch, "train.csv"), os.path.join(scratch, "test.csv")]
    for file, part in zip(files, (rows, held)):
        with open(file, "w", newline="") as text:
            csv.writer(text).writerows([header] + part)
    kept = [files[0], "--target", arguments[arguments.index("--target") + 1], "--test", files[1]]
    return kept + (["--drop", arguments[arguments.index("--drop") + 1]] if "--drop" in arguments else [])


def peers(arguments, task):
    """What scikit-learn scores on the same rows, by name, with the seconds that it takes."""
    import time
    import pandas
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    target = arguments[arguments.index("--target") + 1]
    drop = [arguments[arguments.index("--drop") + 1]] if "--drop" in arguments else []
    known, held = (pandas.read_csv(file, na_values=["?"]).drop(columns=drop)
                   for file in (arguments[0], arguments[arguments.index("--test") + 1]))
    inputs = known.drop(columns=target)
    numbers = list(inputs.select_dtypes("number"))
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), [name for name in inputs if name not in numbers]))
    is_regression = task == "regression"
    models = {
        "gradient boosting": (HistGradientBoostingRegressor if is_regression else HistGradientBoostingClassifier)(random_state=0),
        "scikit-learn MLP": TransformedTargetRegressor(
            MLPRegressor(early_stopping=True, max_iter=500, random_state=0), transformer=StandardScaler())
        if is_regression else MLPClassifier(early_stopping=True, max_iter=500, random_state=0)}
    found = {}
    for name, model in models.items():
        began = time.monotonic()
        answers = make_pipeline(encoder, model).fit(inputs, known[target]).predict(held.drop(columns=target))
        score = ((answers - held[target]) ** 2).mean() ** 0.5 if is_regression else (answers == held[target]).mean()
        found[name] = (float(score), time.monotonic() - began)
    return found


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


def report(name, arguments, given):
    with tempfile.TemporaryDirectory() as scratch:
        if given.every and name != "mnist":
            arguments = split(arguments, given.every, scratch)
        results = [train(given.glia, arguments, seed, given.option) for seed in range(given.seeds)]
        cells = row(name, results)
        if given.peers and name != "mnist":
            cells += [f"{score:.4f} ({seconds:.2f} s)" for score, seconds in peers(arguments, results[0]["task"]).values()]
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", help=f"of {', '.join([*TABLES, 'mnist'])}; all where none is said")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--every", type=int, default=0, help="hold out each row of this number")
    parser.add_argument("--peers", action="store_true", help="scikit-learn beside it")
    parser.add_argument("--option", action="append", default=[], help="handed on to glia train")
    parser.add_argument("--glia", default=os.path.join(HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    if given.peers and not given.every:
        sys.exit("--peers needs --every, so that all see the same rows.")
    columns = ["table", "score", "network", "constant (beaten or met)", "linear (beaten or met)", "seconds"]
    columns += ["gradient boosting", "scikit-learn MLP"] if given.peers else []
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for name in given.names or [*TABLES, "mnist"]:
        if name not in TABLES and name != "mnist":
            sys.exit(f"There is no table '{name}'. There are: {', '.join([*TABLES, 'mnist'])}.")
        missing, arguments = command_of(name, given.folder)
        if missing:
            print(f"left out {name}: there is no {missing}", file=sys.stderr)
        else:
            report(name, arguments, given)


if __name__ == "__main__":
    main()
