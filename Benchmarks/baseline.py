#!/usr/bin/env python3
"""What got slower since a saved baseline.

    python3 Benchmarks/baseline.py save FILE [--works xor,keras] [--rounds 5] [--seconds 1]
    python3 Benchmarks/baseline.py against FILE

Runs the works in turn, round after round, each in a process of its own. `save` keeps every round's rate in a JSON file, with
the machine and Glia's version; `against` runs the same works as often and as long again and prints Markdown. Exit status: 0, 1
where a work got slower by more than the noise (the rule is in noise.py) or no longer runs, 2 where FILE cannot be compared with.
"""
import argparse, json, statistics, sys
import machine, noise


def measured(works, rounds, seconds):
    """Each work's rates, one a round; a work that fails has none."""
    rates = {work: [] for work in works}
    for number in range(rounds):
        for work in works:
            outcome = machine.bench(work, seconds)
            if outcome:
                rates[work].append(outcome.said["value"])
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return {work: values for work, values in rates.items() if len(values) == rounds}


def save(path, works, rounds, seconds):
    baseline = {"machine": machine.described(), "load": machine.load(), "version": machine.version(), "seconds": seconds,
                "rounds": rounds, "rates": measured(works, rounds, seconds)}
    with open(path, "w") as file:
        json.dump(baseline, file, indent=1)


def read(path):
    try:
        with open(path) as file:
            baseline = json.load(file)
        return baseline, list(baseline["rates"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        stop(f"{path} is no baseline: {error}")


def stop(words):
    print(words, file=sys.stderr)
    sys.exit(2)


def verdict(new, old):
    if not new:
        return "did not run"
    return "**slower**" if noise.is_slower(new, old) else "faster" if noise.is_faster(new, old) else ""


def row(work, new, old):
    spread = lambda rates: f"{statistics.median(rates):,.4g} ({min(rates):,.4g} to {max(rates):,.4g})" if rates else ""
    change = f"{noise.ratio(new, old):.2f}" if new else ""
    return f"| {work} | {spread(old)} | {spread(new)} | {change} | {verdict(new, old)} |"


def against(path):
    """Prints the table, and says whether anything is slower or does not run."""
    baseline, works = read(path)
    if baseline["machine"] != machine.described():
        stop(f"{path} was measured on another machine ({baseline['machine']}); this is {machine.described()}.")
    print(f"{machine.described()}, {machine.load()}; {baseline['version']} ({baseline['load']}), then {machine.version()}\n")
    print(f"{noise.RULE}\n")
    rates = measured(works, baseline["rounds"], baseline["seconds"])
    print("| work | baseline: median (least to most) | now | ratio | |\n|---|---|---|---|---|")
    for work in works:
        print(row(work, rates.get(work), baseline["rates"][work]))
    return any(verdict(rates.get(work), baseline["rates"][work]) in ("**slower**", "did not run") for work in works)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["save", "against"])
    parser.add_argument("file")
    parser.add_argument("--works", help="all where none is said (save)")
    parser.add_argument("--rounds", type=int, default=noise.ROUNDS, help=f"at least {noise.ROUNDS} (save)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a work in a round (save)")
    given = parser.parse_args()
    if given.rounds < noise.ROUNDS:
        stop(f"--rounds is {given.rounds}; fewer than {noise.ROUNDS} cannot tell.")
    machine.build("bench")
    if given.verb == "against":
        sys.exit(1 if against(given.file) else 0)
    works = given.works.split(",") if given.works else machine.works()
    unknown = [work for work in works if work not in machine.works()]
    if unknown:
        stop(f"There is no work '{unknown[0]}'. There are: {', '.join(machine.works())}.")
    save(given.file, works, given.rounds, given.seconds)


if __name__ == "__main__":
    main()
