"""Prints python-patterns.json anew: which of its names each of its patterns fits under Python's re.fullmatch; null where re refuses it.

usage: python make-python-patterns.py < python-patterns.json
"""
import json, re, sys

given = json.load(sys.stdin)


def fits(pattern):
    try:
        return [name for name in given["names"] if re.fullmatch(pattern, name)]
    except re.error:
        return None


lines = [json.dumps(dict(pattern=case["pattern"], fits=fits(case["pattern"]))) for case in given["cases"]]
print('{\n "names": ' + json.dumps(given["names"]) + ',\n "cases": [\n  ' + ",\n  ".join(lines) + "\n ]\n}")
