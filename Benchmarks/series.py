#!/usr/bin/env python3
"""Forecasts well-known series with the command, and prints the scores beside those of forecasts that need no learning.

    swift build -c release
    python3 Benchmarks/series.py FOLDER [NAME …] [--seeds 1] [--option=--network=linear …]

FOLDER holds the files as their sources have them (AEP_hourly.csv, ETTh1.csv, airline-passengers.csv, sp500-2000.csv, …); what is
not there is said and left out.

aep          the last fifth of the hours, a forecast of a day each day; root of the mean squared error in MW
airline      the last 12 months, one forecast
ett96 … 720  seven channels by the papers' protocol: 12, 4 and 4 months to learn from, to watch and to score on, 336 hours seen,
             every window scored, channels in their deviations on the first part; mean squared error
ot96 … 720   the oil temperature of these alone, likewise
etts         the seven channels as series of their own, one below the other in one file: a forecast of a day each day by one
             network for all; root of the mean squared error in deviations
months       airline passengers, sunspots, and the months' means of temperatures, the index and the load in one file, of other
             lengths and times: a forecast of a year each year by one network for all; mean of the absolute scaled errors
temperatures the last fifth of the days, a forecast of a week each week
sunspots     the last fifth of the months, a forecast of a year each year
sp500        the last fifth of the working days, a forecast of five each five
"""
import argparse, csv, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ETT = "HUFL,HULL,MUFL,MULL,LUFL,LULL,OT"
# Rows of ETTh1 in the papers' twelve, four and four months of thirty days.
ETT_ROWS = [8640, 2880, 2880]


def ett(horizon, target=ETT):
    return ("ETTh1.csv", ["--time", "date", "--target", target, "--horizon", str(horizon), "--lookback", "336",
                          "--validation", str(ETT_ROWS[1]), "--test", str(ETT_ROWS[2]), "--stride", "1",
                          "--network", "linear", "--no-refit", "--interval-by", "residual"], "mse")


# name: (file, options, score)
SERIES = {
    "aep": ("AEP_hourly.csv", ["--time", "Datetime", "--target", "AEP_MW", "--horizon", "24"], "rmse"),
    "airline": ("airline-passengers.csv", ["--time", "Month", "--target", "Passengers", "--horizon", "12", "--test", "12"],
                "rmse"),
    **{f"ett{horizon}": ett(horizon) for horizon in (96, 192, 336, 720)},
    **{f"ot{horizon}": ett(horizon, "OT") for horizon in (96, 192, 336, 720)},
    "etts": ("etts.csv", ["--series", "series", "--time", "time", "--target", "value", "--horizon", "24"], "overall rmse"),
    "months": ("months.csv", ["--series", "series", "--time", "time", "--target", "value", "--horizon", "12"], "mase"),
    "temperatures": ("daily-min-temperatures.csv", ["--time", "Date", "--target", "Temp", "--horizon", "7"], "rmse"),
    "sunspots": ("monthly-sunspots.csv", ["--time", "Month", "--target", "Sunspots", "--horizon", "12"], "rmse"),
    "sp500": ("sp500-2000.csv", ["--time", "date", "--target", "close", "--horizon", "5"], "rmse"),
}


def forecast(glia, path, options, seed, scratch):
    run = subprocess.run([glia, "forecast", path, *options, "--seed", str(seed), "--json", "--quiet",
                          "-o", os.path.join(scratch, "model.safetensors"),
                          "--forecast", os.path.join(scratch, "forecast.csv")], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip())
    return json.loads(run.stdout)


def column(folder, file, name):
    """The stamps and the values of one column of a file."""
    with open(os.path.join(folder, file)) as text:
        rows = list(csv.reader(text))
    place = rows[0].index(name)
    return [(row[0], float(row[place])) for row in rows[1:]]


def monthly(values):
    """The means of the months."""
    months = {}
    for stamp, value in values:
        months.setdefault(stamp[:7], []).append(value)
    return [(month, statistics.mean(found)) for month, found in sorted(months.items())]


# The files that are made of several: what they need, and their series by name.
MADE = {
    "etts.csv": (["ETTh1.csv"], lambda folder: {name: column(folder, "ETTh1.csv", name) for name in ETT.split(",")}),
    "months.csv": (
        ["airline-passengers.csv", "monthly-sunspots.csv", "daily-min-temperatures.csv", "sp500-2000.csv", "AEP_hourly.csv"],
        lambda folder: {
            "passengers": column(folder, "airline-passengers.csv", "Passengers"),
            "sunspots": column(folder, "monthly-sunspots.csv", "Sunspots"),
            "temperature": monthly(column(folder, "daily-min-temperatures.csv", "Temp")),
            "index": monthly(column(folder, "sp500-2000.csv", "close")),
            "load": monthly(column(folder, "AEP_hourly.csv", "AEP_MW")),
        }),
}


def made(file, folder, scratch):
    """Writes a long file of several series."""
    path = os.path.join(scratch, file)
    with open(path, "w") as text:
        text.write("series,time,value\n")
        for name, values in MADE[file][1](folder).items():
            text.writelines(f"{name},{stamp},{value!r}\n" for stamp, value in values)
    return path


def cut(path, scratch):
    """ETTh1 without the months that the papers leave out."""
    with open(path) as text:
        lines = text.readlines()[:1 + sum(ETT_ROWS)]
    shorter = os.path.join(scratch, "etth1.csv")
    with open(shorter, "w") as text:
        text.writelines(lines)
    return shorter


def score(entry, metric):
    if metric in ("mse", "mase", "overall rmse"):
        return entry["overall"][metric.split()[-1]]
    return entry["channels"][0][metric]


def report(name, folder, given):
    file, options, metric = SERIES[name]
    for needed in MADE[file][0] if file in MADE else [file]:
        if not os.path.exists(os.path.join(folder, needed)):
            print(f"left out {name}: there is no {os.path.join(folder, needed)}", file=sys.stderr)
            return
    with tempfile.TemporaryDirectory() as scratch:
        path = made(file, folder, scratch) if file in MADE else os.path.join(folder, file)
        path = cut(path, scratch) if file == "ETTh1.csv" else path
        results = [forecast(given.glia, path, options + given.option, seed, scratch) for seed in range(given.seeds)]
    tests = [result["backtest"] for result in results]
    cells = [name, metric] + [f"{statistics.mean(score(test['entries'][0], metric) for test in tests):.4g}"]
    baselines = {entry["name"]: score(entry, metric) for entry in tests[0]["entries"][1:]}
    cells += [f"{baselines[key]:.4g}" if key in baselines else "–" for key in ("seasonal naive", "last value", "drift", "mean")]
    cells.append(f"{statistics.mean(test['coverage'] for test in tests):.1%}")
    cells.append(next(trial["name"] for trial in results[0]["trials"] if trial["kept"]))
    cells.append(f"{statistics.median(result['seconds'] for result in results):.1f}")
    print("| " + " | ".join(cells) + " |", flush=True)
    for warning in results[0]["warnings"]:
        print(f"{name}: {warning}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SERIES)}; all where none is said")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--option", action="append", default=[], help="handed on to glia forecast")
    parser.add_argument("--glia", default=os.path.join(HERE, "..", ".build", "release", "glia"))
    given = parser.parse_args()
    columns = ["series", "score", "network", "seasonal naive", "last value", "drift", "mean", "in 90% intervals", "kept",
               "seconds"]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for name in given.names or SERIES:
        if name not in SERIES:
            sys.exit(f"There is no series '{name}'. There are: {', '.join(SERIES)}.")
        report(name, given.folder, given)


main()
