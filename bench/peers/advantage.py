"""The peers of `npm run bench -- advantage`: the same arithmetic in numpy and torch, float64, one thread, one process.

usage: python advantage.py GROUPS   (needs numpy; torch where it is installed)
Prints one JSON line: {"rows": [{"case", "peer", "seconds", "check"}]}. Each case is warmed up, then the best of five.
Advantages of tokens: every way that numpy and torch have, each from the owners in the form that it likes best (runs,
indices, masks), made beforehand as ours are, and each in the chunk of groups that is fastest for it.
"""
import json, sys, time
import numpy as np

groups, size, tokens = int(sys.argv[1]), 8, 512
hashed = (np.arange(groups * 2 * size, dtype=np.uint64) * np.uint64(2654435761)) % np.uint64(1 << 32)
rewards = np.array([0, 1, 2, 2.2])[((hashed >> np.uint64(13)) & np.uint64(3)).astype(int)].reshape(groups, 2, size)
# 64 patterns of perception first, reasoning after, and a few tokens that belong to nobody.
border = 100 + np.arange(64) * 4
owner = np.where(np.arange(tokens)[None] < border[:, None], 0, np.where(np.arange(tokens)[None] < tokens - 8, 1, 2))
rows = []

def timed(run):
    started = time.perf_counter(); out = run()
    return time.perf_counter() - started, out

def best(case, peer, run, check):
    run()
    tries = [timed(run) for _ in range(5)]
    rows.append(dict(case=case, peer=peer, seconds=min(t for t, _ in tries), check=float(check(tries[0][1]))))

def normalise():
    mean = rewards.mean(-1, keepdims=True)
    std = rewards.std(-1, ddof=1, keepdims=True)
    same = rewards.max(-1, keepdims=True) == rewards.min(-1, keepdims=True)
    return np.where(same, 0.0, (rewards - mean) / (std + 1e-4))

advantages = normalise()
best("normalise", "numpy", normalise, lambda a: np.abs(a).sum())

def each(make):
    """Looks at every group once."""
    count = 0
    for _ in make(): count += 1
    return count
best("values", "numpy, a view a group", lambda: each(normalise), lambda n: n)

def spread(peer, make):
    """`make(chunk)` gives a function from the advantages of a chunk of groups to those of its tokens, in one row."""
    def over(chunk, many):
        step = make(chunk)
        def run():
            total = 0.0
            for start in range(0, many, chunk):
                out = step(start)
                if start % 1000 == 0: total += float(out[0]) + float(out[400])
            return total
        return run
    trial = min(groups, 4000)
    def cost(chunk):
        run = over(chunk, trial); run()
        return timed(run)[0]
    chunk = min((c for c in (8, 40, 200, 1000) if groups % c == 0), key=cost)
    best("tokens", f"{peer}, {chunk} groups at once", over(chunk, groups), lambda t: t)

def owners_of(chunk):
    return owner[np.arange(chunk * size) % 64]

def table(a):
    """The advantages of each completion for perception, reasoning and nobody, one after the other."""
    out = np.zeros((len(a), size, 3)); out[:, :, :2] = a.transpose(0, 2, 1)
    return out.reshape(-1)

def with_repeat(chunk):
    lengths = np.stack([border, tokens - 8 - border, np.full(64, 8)], 1)[np.arange(chunk * size) % 64].reshape(-1)
    return lambda start: np.repeat(table(advantages[start:start + chunk]), lengths)

def with_take(chunk):
    index = (np.arange(chunk * size)[:, None] * 3 + owners_of(chunk)).reshape(-1)
    kept = np.empty(chunk * size * tokens)
    return lambda start: np.take(table(advantages[start:start + chunk]), index, out=kept, mode="clip")

def with_where(chunk):
    own = owners_of(chunk); first, second = own == 0, own == 1
    def step(start):
        a = advantages[start:start + chunk]
        return np.where(first, a[:, 0].reshape(-1, 1), np.where(second, a[:, 1].reshape(-1, 1), 0.0)).reshape(-1)
    return step

spread("numpy.repeat", with_repeat)
spread("numpy.take", with_take)
spread("numpy.where", with_where)

try:
    import torch
except ImportError:
    torch = None
if torch is not None:
    torch.set_num_threads(1)
    R = torch.from_numpy(rewards)
    def normalise_torch():
        mean, std = R.mean(-1, keepdim=True), R.std(-1, keepdim=True)
        same = R.amax(-1, keepdim=True) == R.amin(-1, keepdim=True)
        return torch.where(same, 0.0, (R - mean) / (std + 1e-4))
    A = normalise_torch()
    best("normalise", "torch", normalise_torch, lambda a: a.abs().sum())
    best("values", "torch, a view a group", lambda: each(lambda: normalise_torch().unbind()), lambda n: n)

    def table_torch(a):
        out = torch.zeros(len(a), size, 3, dtype=torch.float64); out[:, :, :2] = a.transpose(1, 2)
        return out.reshape(-1)
    def with_interleave(chunk):
        lengths = torch.from_numpy(np.stack([border, tokens - 8 - border, np.full(64, 8)], 1)[np.arange(chunk * size) % 64].reshape(-1))
        return lambda start: torch.repeat_interleave(table_torch(A[start:start + chunk]), lengths, output_size=chunk * size * tokens)
    def with_select(chunk):
        index = torch.from_numpy((np.arange(chunk * size)[:, None] * 3 + owners_of(chunk)).reshape(-1))
        kept = torch.empty(chunk * size * tokens, dtype=torch.float64)
        return lambda start: torch.index_select(table_torch(A[start:start + chunk]), 0, index, out=kept)
    def with_gather(chunk):
        own = torch.from_numpy(owners_of(chunk))
        return lambda start: torch.gather(table_torch(A[start:start + chunk]).reshape(-1, 3), 1, own).reshape(-1)
    spread("torch.repeat_interleave", with_interleave)
    spread("torch.index_select", with_select)
    spread("torch.gather", with_gather)

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
print(json.dumps(dict(rows=rows)))
