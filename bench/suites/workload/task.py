"""One run of the task in CPython, with its csv module: `task.py ROWS`. The twin of task.ts."""

import csv
import io
import json
import math
import resource
import sys
import time


def make_csv(count):
    lines = ["id,price,quantity,score"]
    state = 1
    for row in range(count):
        state = state * 48_271 % 2_147_483_647
        lines.append(f"{row},{state % 10_000}.{state % 100},{state % 97},{state % 7}")
    return "\n".join(lines) + "\n"


def describe(text):
    reader = csv.reader(io.StringIO(text))
    names = next(reader)
    counts = [0] * len(names)
    means = [0.0] * len(names)
    squares = [0.0] * len(names)
    for row in reader:
        for i, cell in enumerate(row):
            value = float(cell)
            counts[i] += 1
            off = value - means[i]
            means[i] += off / counts[i]
            squares[i] += off * (value - means[i])
    return [(c, m, math.sqrt(s / (c - 1))) for c, m, s in zip(counts, means, squares)]


def six_digits(value):
    """As JavaScript's toPrecision(6) writes numbers of this size."""
    digits = max(0, 5 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


text = make_csv(int(sys.argv[1]))
start = time.perf_counter()
columns = describe(text)
ms = (time.perf_counter() - start) * 1000
answer = ", ".join(f"{c} {six_digits(m)} {six_digits(d)}" for c, m, d in columns)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"ms": ms, "peakKiB": peak, "answer": answer}))
