#!/usr/bin/env python3
"""Tables with odd spellings, as pandas reads them: python3 csv_cases.py > csv_cases.json

Each case is the text, how it is separated, and what pandas makes of it, column by column; null is a missing value. Glia has to read the
same from the text alone. Numbers are compared by their bits.

Tools, from PyPI: pandas numpy
"""
import io
import json
import math
import random

import numpy as np
import pandas as pd

MISSING = ["", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "?", "NaN", "nan", "None"]

random.seed(20240601)


def numbers():
    """Decimals of every length, around the limits of each way of reading them."""
    texts = ["0", "-0", "0.0", "-0.0", "1e22", "1e23", "8.5e22", "9007199254740993", "9007199254740993.0", "0.1", ".5", "5.", "+7",
             "1E5", "1e+5", "1e-5", "4.9e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "123456789012345678901234567890",
             "0.000000000000000000000000000001", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
             "0.3000000000000000166533453694", "2.00000000000000011102230246251565", "1.00000000000000011102230246251565404",
             "7.2057594037927933e16", "5.55e-1", "00012.50", "179769313486231570000e289"]
    for digits in range(1, 24):
        for _ in range(8):
            whole = "".join(random.choice("0123456789") for _ in range(digits))
            point = random.randint(0, digits)
            texts.append(f"{whole[:point] or '0'}.{whole[point:] or '0'}")
    for _ in range(100):
        texts.append(repr(random.uniform(-1, 1) * 10.0 ** random.randint(-30, 30)))
    return "x\n" + "\n".join(texts) + "\n"


CASES = {
    "plain": ("a,b\n1,x\n2,y\n", ","),
    "quotes, doubled quotes and a delimiter inside": ('a,b\n1,"x, ""y"""\n2,"""\"\n3,""\n', ","),
    "a line end inside quotes": ('a,b\n1,"two\nlines"\n2,"three\r\nmore\nlines"\n3,none of them\n', ","),
    "CRLF": ("a,b\r\n1,x\r\n2,y\r\n", ","),
    "CR alone": ("a,b\r1,x\r2,y\r", ","),
    "no line end at the end": ("a,b\n1,x\n2,y", ","),
    "blank lines": ("\na,b\n\n1,x\n\n\n2,y\n\n", ","),
    "blanks after delimiters": ("a, b, c\n1, x, 2.5\n2, y, 3.5\n", ","),
    "semicolons": ("a;b;c\n1;x,y;2.5\n2;z,w;3.5\n", ";"),
    "tabs": ("a\tb\n1\tx y\n2\tz\n", "\t"),
    "bars": ("a|b|c\n1|x|0.5\n2|y|0.25\n", "|"),
    "every missing marker": ("a,b\n" + "".join(f"{m},{i}\n" for i, m in enumerate(MISSING)) + "1,99\n", ","),
    "missing in text": ("a,b\nx,1\n?,2\ny,3\n,4\n", ","),
    "quoted numbers": ('"a","b"\n"1","2.5"\n"3","4.5"\n', ","),
    "an empty last field": ("a,b,c\n1,2,\n4,5,\n7,8,9\n", ","),
    "integers that become numbers": ("a,b\n1,1\n2,2\n2.5,3\n4,4\n", ","),
    "integers with missing values": ("a,b\n1,1\n,2\n3,3\n", ","),
    "numbers that become text late": ("a,b\n" + "".join(f"{i},{i}\n" for i in range(300)) + "x,300\n", ","),
    "integers beyond 64 bits": ("a,b\n18446744073709551616,1\n5,2\n", ","),
    "not only ASCII": ("größe,名\n1,żółć\n2,名前\n", ","),
    "a quote in the middle of a field": ('a,b\n1,5" pipe\n2,6" pipe\n', ","),
    "one column": ("a\n1\n\n2\n", ","),
    "infinite": ("a,b\n1,1\ninf,2\n-inf,3\nInfinity,4\n", ","),
    "numbers": (numbers(), ","),
}


def value(x):
    if x is None or (isinstance(x, float) and math.isnan(x)):
        return None
    if isinstance(x, (np.integer, int)):
        return {"number": repr(float(x))}
    if isinstance(x, (np.floating, float)):
        return {"number": repr(float(x))}
    return {"text": x}


def main():
    cases = []
    for name, (text, separator) in CASES.items():
        frame = pd.read_csv(io.BytesIO(text.encode()), sep=separator, skipinitialspace=True, na_values=MISSING, keep_default_na=False)
        columns = [{"name": c, "values": [value(x) for x in frame[c].tolist()]} for c in frame.columns]
        # A column of text keeps the spelling of its numbers.
        cases.append({"name": name, "text": text, "columns": columns})
    print(json.dumps({"pandas": pd.__version__, "cases": cases}, ensure_ascii=False, indent=0, separators=(",", ":")))


main()
