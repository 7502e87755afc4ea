"""The exact answers in a test of your own, with pytest:

    npx kinograd laws --family grpo --range 0,2.2 --precision float32 --export cases.json
    pytest examples/python-laws/test_grpo.py
"""

import json
import os
import pathlib

import numpy as np
import pytest
from grpo import advantages

FILE = pathlib.Path(os.environ.get("KINOGRAD_CASES", "cases.json"))
CASES = json.loads(FILE.read_text())["cases"]


@pytest.mark.parametrize("case", CASES)
def test_advantages_are_exact(case):
    for group, expected in zip(case["groups"], case["expected"]):
        made = advantages(group["rewards"]["reward"])
        np.testing.assert_allclose(made, expected["advantages"]["reward"], rtol=0, atol=expected["tolerance"])
