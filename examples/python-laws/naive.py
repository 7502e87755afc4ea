"""GRPO's advantages as they are often written, in float32; the laws say what is wrong with it.

    npx kinograd laws --family grpo --range 0,2.2 --precision float32 -- python examples/python-laws/naive.py
"""

import json
import sys

import numpy as np


def advantages(rewards):
    given = np.nan_to_num(np.array(rewards, dtype=np.float32))
    mean = given.mean()
    # The mean of squares less the square of the mean: nothing is left of it where rewards are nearly equal.
    variance = np.maximum((given * given).mean() - mean * mean, 0) * given.size / (given.size - 1)
    return (given - mean) / (np.sqrt(variance) + np.float32(1e-4))


def main():
    for line in sys.stdin:
        groups = json.loads(line)["groups"]
        print(json.dumps({"advantages": [advantages(group["rewards"]["reward"]).tolist() for group in groups]}), flush=True)


if __name__ == "__main__":
    main()
