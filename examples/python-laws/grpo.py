"""GRPO's advantages in float32, with numpy alone: (reward - mean) / (std + 1e-4), n - 1 in the deviation.

    npx kinograd laws --family grpo --range 0,2.2 --precision float32 -- python examples/python-laws/grpo.py

It reads a line of JSON a batch and writes one: null is a rollout without a score. What makes it right is small: equal
rewards are found by their extremes, since a rounded mean differs from what it is the mean of; squares are taken of
differences, since the difference of two large squares has no digits left; and rollouts without a score are left out.
"""

import json
import sys

import numpy as np


def advantages(rewards):
    given = np.array(rewards, dtype=np.float32)
    made = np.zeros_like(given)
    scored = ~np.isnan(given)
    values = given[scored]
    if values.size < 2 or values.min() == values.max():
        return made
    centred = values - values.mean()
    made[scored] = centred / (centred.std(ddof=1) + np.float32(1e-4))
    return made


def main():
    for line in sys.stdin:
        groups = json.loads(line)["groups"]
        print(json.dumps({"advantages": [advantages(group["rewards"]["reward"]).tolist() for group in groups]}), flush=True)


if __name__ == "__main__":
    main()
