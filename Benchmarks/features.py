#!/usr/bin/env python3
"""What codes and transfer are worth, by the command alone; each part prints a table.

    swift build -c release
    python3 Benchmarks/features.py FOLDER [codes] [halves] [labels] [--seeds 5] [--rows 20]

FOLDER holds the files as their sources have them (wdbc.csv, mnist-train-images-idx3-ubyte.gz, fashion-mnist-…, adult-train.csv).

codes   MNIST with a code of 32, wdbc with one of 4: the error with which held-out rows are given back beside principal components
        of the same width, and a linear classifier on the code beside one on all columns.
halves  Fashion-MNIST: a network learns the classes 0 to 4, then 5 to 9 from --rows images each. Beside it the same network from
        nothing, with as many epochs, on the same images; scored on the 5,000 test images of the classes 5 to 9.
labels  Tables of which a few training rows have a label: a denoising autoencoder learns from all training rows, and its encoder goes
        on to the target. Beside it a network from nothing on the same few rows, at the usual rate and at ten times that, and
        `glia train` with nothing said; the margin is that over the best of these. Each fifth row is scored.
"""
import argparse, csv, gzip, json, os, random, statistics, struct, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tables


def glia(arguments):
    run = subprocess.run([COMMAND, *arguments, "--json", "--quiet"], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout)


def line(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells):
    line(cells)
    line(["---"] * len(cells))


def codes(folder, _):
    head("data", "code", "error", "PCA", "explained", "PCA", "linear model on the code", "on PCA", "on all")
    mnist = [os.path.join(folder, name) for name in tables.MNIST]
    _, wdbc = tables.command_of("wdbc", folder)
    for name, width, arguments in [("mnist", 32, [mnist[0], "--labels", mnist[1]]), ("wdbc", 4, wdbc)]:
        with tempfile.TemporaryDirectory() as scratch:
            found = glia(["embed", *arguments, "--width", str(width), "-o", scratch + "/codes.csv",
                          "--model", scratch + "/codes.safetensors"])
        own, rival = [found["reconstruction"][key] for key in ("autoencoder", f"PCA of {width}")]
        line([name, str(width), f"{own['error']:.5f}", f"{rival['error']:.5f}", f"{own['explained']:.1%}",
              f"{rival['explained']:.1%}"] + [f"{scores['accuracy']:.4f}" for scores in found["linear"].values()])


# ---- Fashion-MNIST in halves


def read(path):
    data = gzip.open(path).read()
    rank = data[3]
    return struct.unpack(f">{rank}I", data[4:4 + 4 * rank]), data[4 + 4 * rank:]


def write(path, shape, data):
    with open(path, "wb") as file:
        file.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data)


def part(folder, which, classes, scratch, name, each=None, seed=0):
    """The images of some classes, `each` of every class, as two files."""
    (shape, pixels), (_, labels) = [
        read(os.path.join(folder, f"fashion-mnist-{which}-{kind}-ubyte.gz")) for kind in ("images-idx3", "labels-idx1")]
    size = shape[1] * shape[2]
    rows = [row for row, label in enumerate(labels) if label in classes]
    if each:
        random.Random(seed).shuffle(rows)
        rows = [row for label in classes for row in [r for r in rows if labels[r] == label][:each]]
    files = [f"{scratch}/{name}-images", f"{scratch}/{name}-labels"]
    write(files[0], (len(rows), *shape[1:]), b"".join(pixels[row * size:(row + 1) * size] for row in rows))
    write(files[1], (len(rows),), bytes(labels[row] for row in rows))
    return files


def halves(folder, options):
    layers = ["--hidden", "512,256", "--dropout", "0.2"]
    ways = {
        "from nothing": None, "all layers": [], "first layer frozen": ["--freeze-layers", "1"],
        "rate halved each layer down": ["--rate-factor", "0.5"],
        "one layer more each 10 epochs": ["--thaw-every", "10", "--rate-factor", "0.5"],
        "only the new layer": ["--freeze-layers", "2"],
    }
    scores = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as scratch:
        known = part(folder, "train", range(5), scratch, "known")
        test = part(folder, "t10k", range(5, 10), scratch, "test")
        model = scratch + "/known.safetensors"
        first = glia(["train", known[0], "--labels", known[1], *layers, "-o", model])
        print(f"the classes 0 to 4: accuracy {first['metrics']['accuracy']:.4f}\n")
        for seed in range(options.seeds):
            few = part(folder, "train", range(5, 10), scratch, "few", options.rows, seed)
            rows = [few[0], "--labels", few[1], "--test", test[0], "--test-labels", test[1], "--seed", str(seed),
                    "--epochs", "60", "-o", scratch + "/new.safetensors"]
            for way, words in ways.items():
                run = ["train", *rows, *layers] if words is None else ["finetune", model, *rows, *words]
                scores[way].append(glia(run)["metrics"]["accuracy"])
    show(scores, "the classes 5 to 9", "from nothing")


def show(scores, title, base):
    head(title, "accuracy", "deviation", f"ahead of '{base}'", "seeds ahead")
    for way, values in scores.items():
        ahead = [a - b for a, b in zip(values, scores[base])]
        line([way, f"{statistics.mean(values):.4f}", f"{statistics.pstdev(values):.4f}",
              "" if way == base else f"{statistics.mean(ahead):+.4f}",
              "" if way == base else f"{sum(a > 0 for a in ahead)} of {len(ahead)}"])


# ---- Tables with few labels


# How many rows of each table have a label.
LABELLED = {"ionosphere": 20, "banknote": 20, "wdbc": 12, "german": 50, "pima": 30, "sonar": 20, "spambase": 50}
LONG = ["--patience", "0", "--epochs", "100"]


def labels(folder, options):
    head("table", "rows with a label", "from nothing", "faster", "`glia train`", "from the encoder", "ahead", "seeds ahead")
    for name, count in LABELLED.items():
        missing, arguments = tables.command_of(name, folder)
        if missing:
            print(f"{missing} is not there", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as scratch:
            kept = tables.split(arguments, 5, scratch)
            file, target, test = kept[0], kept[2], kept[4]
            drop = kept[kept.index("--drop"):] if "--drop" in kept else []
            model, few = scratch + "/codes.safetensors", scratch + "/few.csv"
            glia(["embed", file, "--drop", ",".join([target] + drop[1:]), "--kind", "denoising,masked=0.3", "--width", "8",
                  "--hidden", "64", "--epochs", "200", "--learning-rate", "0.002", "-o", scratch + "/codes.csv", "--model", model])
            with open(file, newline="") as text:
                header, *rows = csv.reader(text)
            plain = ["train", few, "--hidden", "64,32", "--networks", "1", *drop, *LONG]
            ways = [plain, [*plain, "--learning-rate", "0.02"], ["train", few, *drop],
                    ["finetune", model, few, *LONG, "--learning-rate", "0.02", "--rate-factor", "0.1"]]
            scores = [[] for _ in ways]
            for seed in range(1000, 1000 + options.seeds):
                with open(few, "w", newline="") as text:
                    csv.writer(text).writerows([header] + random.Random(seed).sample(rows, count))
                own = ["--test", test, "--target", target, "--seed", str(seed), "-o", scratch + "/new.safetensors"]
                for found, way in zip(scores, ways):
                    found.append(glia([*way, *own])["metrics"]["accuracy"])
        best = max(scores[:-1], key=statistics.mean)
        ahead = [a - b for a, b in zip(scores[-1], best)]
        line([name, f"{count} of {len(rows)}"] + [f"{statistics.mean(values):.4f}" for values in scores]
             + [f"{statistics.mean(ahead):+.4f}", f"{sum(a > 0 for a in ahead)} of {len(ahead)}"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("parts", nargs="*", default=["codes", "halves", "labels"])
    parser.add_argument("--glia", default=os.path.join(HERE, "../.build/release/glia"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=20)
    options = parser.parse_args()
    COMMAND = options.glia
    for name in options.parts:
        {"codes": codes, "halves": halves, "labels": labels}[name](options.folder, options)
        print()
