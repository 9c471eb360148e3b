"""The coefficients of the polynomials in Sources/CKernels (math32.inc.h, math64.inc.h, angle.inc.h).

Each function is interpolated at Chebyshev nodes in 60 digits, which is within a small factor of the best polynomial;
the error printed beside each is that of the unrounded polynomial, in the weight that matters for the result.

    pip install mpmath && python fit.py
"""

import struct

from mpmath import atanh, cos, erf, erfc, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, nstr, pi, sin, sqrt

mp.dps = 60


def fit(f, weight, low, high, degree):
    low, high, count = mpf(low), mpf(high), degree + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    powers, values = matrix(count, count), matrix(count, 1)
    for i, x in enumerate(nodes):
        values[i] = f(x)
        for j in range(count):
            powers[i, j] = x**j
    solution = lu_solve(powers, values)
    coefficients = [solution[j] for j in range(count)]
    error = mpf(0)
    for i in range(401):
        x = low + (high - low) * (1 - cos(pi * i / 400)) / 2
        value = sum(c * x**j for j, c in enumerate(coefficients))
        error = max(error, abs(weight(x) * (f(x) - value)))
    return coefficients, error


def show(name, result, bits):
    coefficients, error = result
    print(f"{name}: error {nstr(error, 3)}")
    for c in coefficients:
        value = float(c)
        if bits == 32:
            value = struct.unpack("f", struct.pack("f", value))[0]
        print("   ", value.hex())


def exp_tail(r):
    return mpf(1) / 2 + r / 6 if abs(r) < mpf(10) ** -15 else (expm1(r) - r) / r**2


def log_tail(f):
    return mpf(1) / 3 - f / 4 if abs(f) < mpf(10) ** -12 else (log1p(f) - f + f * f / 2) / f**3


def atanh_tail(z):
    s = sqrt(abs(z))
    return mpf(2) / 3 + 2 * z / 5 if s < mpf(10) ** -12 else (2 * atanh(s) / s - 2) / z


def sin_tail(z):
    x = sqrt(abs(z))
    return -mpf(1) / 6 + z / 120 if x < mpf(10) ** -10 else (sin(x) / x - 1) / z


def cos_tail(z):
    x = sqrt(abs(z))
    return mpf(1) / 24 - z / 720 if x < mpf(10) ** -8 else (cos(x) - 1 + z / 2) / z**2


def erf_tail(z):
    x = sqrt(abs(z))
    return 2 / sqrt(pi) - 1 if x < mpf(10) ** -15 else erf(x) / x - 1


def main():
    half_ln2 = log(2) / 2 * mpf("1.0001")
    show("exp, float32", fit(exp_tail, lambda r: r**2, -half_ln2, half_ln2, 4), 32)
    show("exp, float64", fit(exp_tail, lambda r: abs(r), -half_ln2, half_ln2, 10), 64)
    low, high = (sqrt(mpf(1) / 2) - 1) * mpf("1.001"), (sqrt(mpf(2)) - 1) * mpf("1.001")
    show("log, float32", fit(log_tail, lambda f: f * f, low, high, 8), 32)
    s = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    show("log, float64", fit(atanh_tail, lambda z: z, 0, s**2 * mpf("1.001"), 7), 64)
    quarter = (pi / 4 * mpf("1.002")) ** 2
    show("sin, for float32", fit(sin_tail, lambda z: z, 0, quarter, 4), 64)
    show("sin, float64", fit(sin_tail, lambda z: z, 0, quarter, 6), 64)
    show("cos, for float32", fit(cos_tail, lambda z: z * z, 0, quarter, 3), 64)
    show("cos, float64", fit(cos_tail, lambda z: z * z, 0, quarter, 5), 64)
    show("erf below 1, float32", fit(erf_tail, lambda z: 1, 0, 1, 6), 32)
    show("erf below 1, float64", fit(erf_tail, lambda z: 1, 0, 1, 12), 64)
    show("erf beyond 1, float32: -log(erfc(t))", fit(lambda t: -log(erfc(t)), erfc, 1, 4, 8), 32)

    def t_of(v):  # v = (t - 3) / (t + 3)
        return 3 * (1 + v) / (1 - v)

    outer = fit(lambda v: exp(t_of(v) ** 2) * erfc(t_of(v)), lambda v: exp(-t_of(v) ** 2), mpf(-1) / 2, mpf(1) / 3, 14)
    show("erf beyond 1, float64: exp(t²) erfc(t)", outer, 64)


main()
