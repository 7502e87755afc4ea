"""The peers of `npm run bench -- advantage`: the same arithmetic in numpy and torch, float64, one process.

usage: python advantage.py GROUPS   (needs numpy; torch where it is installed)
Prints one JSON line: {"rows": [{"case", "peer", "seconds", "check"}]}. Each case is warmed up, then the best of five.
"""
import json, sys, time
import numpy as np

groups, size, tokens, chunk = int(sys.argv[1]), 8, 512, 1000
hashed = (np.arange(groups * 2 * size, dtype=np.uint64) * np.uint64(2654435761)) % np.uint64(1 << 32)
rewards = np.array([0, 1, 2, 2.2])[((hashed >> np.uint64(13)) & np.uint64(3)).astype(int)].reshape(groups, 2, size)
# 64 patterns of perception first, reasoning after, and a few tokens that belong to nobody.
border = 100 + np.arange(64) * 4
owner = np.where(np.arange(tokens)[None] < border[:, None], 0, np.where(np.arange(tokens)[None] < tokens - 8, 1, 2)).astype(np.int8)
rows = []

def best(case, peer, run, check):
    run()
    seconds = []
    for _ in range(5):
        started = time.perf_counter(); out = run(); seconds.append(time.perf_counter() - started)
    rows.append(dict(case=case, peer=peer, seconds=min(seconds), check=float(check(out))))

def normalise():
    mean = rewards.mean(-1, keepdims=True)
    std = rewards.std(-1, ddof=1, keepdims=True)
    same = rewards.max(-1, keepdims=True) == rewards.min(-1, keepdims=True)
    return np.where(same, 0.0, (rewards - mean) / (std + 1e-4))

advantages = normalise()
best("normalise", "numpy", normalise, lambda a: np.abs(a).sum())

mask = owner[np.arange(chunk * size) % 64]
first, second = mask == 0, mask == 1
def assign():
    total = 0.0
    for start in range(0, groups, chunk):
        a = advantages[start:start + chunk]
        p, r = a[:, 0].reshape(-1, 1), a[:, 1].reshape(-1, 1)
        out = np.where(first, p, np.where(second, r, 0.0))
        total += out[0, 0]
    return total
best("tokens", "numpy", assign, lambda t: t)

try:
    import torch
    torch.set_num_threads(1)
    R = torch.from_numpy(rewards); F, S = torch.from_numpy(first), torch.from_numpy(second)
    def normalise_torch():
        mean, std = R.mean(-1, keepdim=True), R.std(-1, keepdim=True)
        same = R.amax(-1, keepdim=True) == R.amin(-1, keepdim=True)
        return torch.where(same, 0.0, (R - mean) / (std + 1e-4))
    A = normalise_torch()
    best("normalise", "torch", normalise_torch, lambda a: a.abs().sum())
    def assign_torch():
        total = 0.0
        for start in range(0, groups, chunk):
            a = A[start:start + chunk]
            out = torch.where(F, a[:, 0].reshape(-1, 1), torch.where(S, a[:, 1].reshape(-1, 1), 0.0))
            total += out[0, 0].item()
        return total
    best("tokens", "torch", assign_torch, lambda t: t)

    B, T = 56, tokens
    index = torch.arange(B * T, dtype=torch.float64).reshape(B, T)
    lp0, old, ref = -1 - torch.sin(index) ** 2, -1 - torch.sin(index + .1) ** 2, -1 - torch.sin(index + .2) ** 2
    adv = torch.sin(index * .01)
    def loss():
        lp = lp0.clone().requires_grad_()
        ratio = torch.exp(lp - old)
        kl = torch.exp(ref - lp) - (ref - lp) - 1
        per = -torch.min(ratio * adv, ratio.clamp(.8, 1.2) * adv) + .04 * kl
        value = per.mean(1).mean(); value.backward()
        return value.item() + lp.grad.abs().sum().item()
    def losses():
        for _ in range(20): out = loss()
        return out
    best("loss", "torch autograd", losses, lambda t: t)
except ImportError:
    pass
print(json.dumps(dict(rows=rows)))
