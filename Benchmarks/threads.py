#!/usr/bin/env python3
"""Training steps of networks 8 to 1,024 units wide, with one thread and with all: never slower with more.

    python3 Benchmarks/threads.py [--rounds 5] [--seconds 0.5] [--threads N]

The works width-8 to width-1024 of bench: three layers of that width, Adam, 128 rows. One thread and all take turns, each run in a
process of its own. Prints Markdown; exit status 1 where more threads were slower by more than the noise (noise.py).
"""
import argparse, os, statistics, sys
import machine, noise


def rates_of(work, given):
    """The rates with one thread and with all, in turn."""
    rates = {1: [], given.threads: []}
    for _ in range(given.rounds):
        for threads in rates:
            outcome = machine.bench(work, given.seconds, threads)
            if not outcome:
                sys.exit(2)
            rates[threads].append(outcome.said["value"])
    return rates[1], rates[given.threads]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=noise.ROUNDS)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="all processors where nothing is said")
    given = parser.parse_args()
    if given.rounds < noise.ROUNDS or given.threads < 2:
        print(f"It takes {noise.ROUNDS} rounds and two threads to tell.", file=sys.stderr)
        sys.exit(2)
    machine.build("bench")
    print(f"{machine.described()}, {machine.load()}; {machine.version()}; steps/s, medians\n\n{noise.RULE}\n")
    print(f"| width | 1 thread | {given.threads} threads | ratio | |\n|---|---|---|---|---|")
    slower = False
    for work in (work for work in machine.works() if work.startswith("width-")):
        one, all_ = rates_of(work, given)
        worse = noise.is_slower(all_, one)
        slower = slower or worse
        print(f"| {work[6:]} | {statistics.median(one):,.0f} | {statistics.median(all_):,.0f} | {noise.ratio(all_, one):.2f} | "
              + ("**slower** |" if worse else "|"), flush=True)
    sys.exit(1 if slower else 0)


if __name__ == "__main__":
    main()
