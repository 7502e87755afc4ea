"""Writes added-tokens.json: ids that Python's tokenizers gives texts of added tokens, words and white space.

usage: python make-added-tokens.py CHECKPOINT/tokenizer.json OUT.json
CHECKPOINT is a folder that `tinyPolicy({ texts: ['What moves?'] }).write(folder)` wrote. Needs: tokenizers 0.22 or later.
"""
import json, random, sys
from tokenizers import Tokenizer


def token(content, *flags):
    return dict(content=content, **{name: name in flags for name in ("single_word", "lstrip", "rstrip", "normalized", "special")})


base = json.load(open(sys.argv[1]))
first = max(t["id"] for t in base["added_tokens"]) + 1
extra = [token("foo", "single_word"), token("<l>", "lstrip"), token("<r>", "rstrip", "special"), token("<b>", "lstrip", "rstrip", "normalized"),
         token("caf\u00e9", "single_word", "rstrip", "normalized"), token("sp_"), token("a b", "normalized"), token("foofoo")]
parts = ["foo", "foo", "<l>", "<r>", "<b>", "caf\u00e9", "cafe\u0301", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\ufeff", "\u0085", "x", "_", "1", "\u00fc",
         "\u0301", "-", ".", "<", "sp_", "a b", "foofoo", "<|im_end|>", "What", "\u200d", "\u6771", "\U0001F3AC", ""]
rng, made = random.Random(5), []
for normalizer in (None, {"type": "NFC"}):
    tokens = base["added_tokens"] + [dict(id=first + i, **t) for i, t in enumerate(extra)]
    tokenizer = Tokenizer.from_str(json.dumps({**base, "normalizer": normalizer, "added_tokens": tokens}))
    texts = dict.fromkeys("".join(rng.choice(parts) for _ in range(rng.randint(1, 7))) for _ in range(160))
    cases = [json.dumps([text, tokenizer.encode(text, add_special_tokens=False).ids]) for text in texts]
    made.append('  {"normalizer": %s, "cases": [\n   %s\n  ]}' % (json.dumps(normalizer), ",\n   ".join(cases)))
open(sys.argv[2], "w").write('{\n "added": %s,\n "made": [\n%s\n ]\n}\n' % (json.dumps(extra), ",\n".join(made)))
