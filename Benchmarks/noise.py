"""When one set of rounds is slower than another by more than the noise."""
import functools, math, statistics

ROUNDS = 5  # the fewest that can tell: of five and five, one order in 252 has all of the new ones last
CHANCE = 0.01
LEAST = 0.03
RULE = (f"Slower by more than the noise: the rounds rank so low that rounds of equal speed would do it with a chance of less than "
        f"{CHANCE:.0%} (Mann and Whitney's U, exact), and the median is lower by more than {LEAST:.0%}.")


@functools.lru_cache(maxsize=None)
def orders(wins, a, b):
    """In how many orders of `a` and `b` rounds a round of the first is the faster in `wins` of all pairs."""
    if wins < 0:
        return 0
    if a == 0 or b == 0:
        return int(wins == 0)
    return orders(wins - b, a - 1, b) + orders(wins, a, b - 1)


def chance(new, old):
    """The chance that rounds of equal speed rank as low as `new` does among `old`; a tie is half a win, rounded up."""
    wins = math.ceil(sum((n > o) + (n == o) / 2 for n in new for o in old))
    return sum(orders(k, len(new), len(old)) for k in range(wins + 1)) / math.comb(len(new) + len(old), len(new))


def ratio(new, old):
    return statistics.median(new) / statistics.median(old)


def is_slower(new, old):
    return chance(new, old) < CHANCE and ratio(new, old) < 1 - LEAST


def is_faster(new, old):
    return chance(old, new) < CHANCE and ratio(new, old) > 1 / (1 - LEAST)
