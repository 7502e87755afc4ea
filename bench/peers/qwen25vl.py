"""Times Hugging Face on the work that kinograd does, from the same weights and the same inputs, and prints one line of JSON.

usage: python qwen25vl.py rollout|train-step|rl-update|logprobs CHECKPOINT CASE
KINOGRAD_MATMUL_PRECISION=bfloat16 in the environment lets torch round the factors of products, too.
CHECKPOINT: a folder with config.json and model.safetensors. CASE: a folder with case.json and pixels.safetensors, written by qwen25vl.ts:
  {"dtype", "threads", "warmup", "repeats", "seed", "count", "maxTokens", "temperature", "topP", "learningRate", "clipNorm", "epsilon", "beta", "compile",
   "prompts": [{"ids", "media": [{"kind", "grid", "secondsPerGrid", "pixels"}]}], "completions": [[[id]]], "advantages": [[[value]]]}
rollout:    generate with num_return_sequences, no stop token, so that every row has maxTokens.
train-step: mean loss over the completions' tokens, backward, gradient clip, AdamW; one batch of all prompts, each with one completion. With
            "compile", the model is what torch.compile (inductor) makes of it.
rl-update:  the update of Video-R1's trainer (grpo_trainer.py, without its temporal reward): generate, log-probabilities of policy and of a frozen
            copy with the clip repeated for every completion, k3 penalty, mean over tokens and then sequences, backward, clip, AdamW.
logprobs:   no timing: log-probability of every completion token, and that no weight was missing or left over.
"""
import copy, inspect, json, os, sys, time
import torch, transformers
from safetensors.torch import load_file
from transformers import Qwen2_5_VLForConditionalGeneration

kind, checkpoint, folder = sys.argv[1:4]
case = json.load(open(os.path.join(folder, "case.json")))
pixels = load_file(os.path.join(folder, "pixels.safetensors")) if os.path.exists(os.path.join(folder, "pixels.safetensors")) else {}
if case.get("threads"):
    torch.set_num_threads(case["threads"])
# As ours: large products of float32 in bfloat16, sums in float32.
if os.environ.get("KINOGRAD_MATMUL_PRECISION") == "bfloat16":
    torch.set_float32_matmul_precision("medium")
dtype = getattr(torch, case.get("dtype", "float32"))
torch.manual_seed(case.get("seed", 0))

try:
    model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(checkpoint, dtype=dtype, attn_implementation="sdpa", output_loading_info=True)
except TypeError:
    model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(checkpoint, torch_dtype=dtype, attn_implementation="sdpa", output_loading_info=True)
tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
wrong = {k: sorted(set(map(str, info.get(k) or [])) - tied) for k in ("missing_keys", "unexpected_keys", "mismatched_keys")}
if any(wrong.values()):
    sys.exit("the checkpoint does not fit: " + json.dumps(wrong))
image, video = model.config.image_token_id, model.config.video_token_id
model.generation_config.eos_token_id = None
forward = set(inspect.signature(model.forward).parameters)


def media_of(prompt, times):
    """Vision inputs of a prompt, repeated for every sequence, as Video-R1 repeats them."""
    out = {}
    for want, values, grid in (("image", "pixel_values", "image_grid_thw"), ("video", "pixel_values_videos", "video_grid_thw")):
        media = [m for m in prompt["media"] if m["kind"] == want]
        if media:
            out[values] = torch.cat([pixels[m["pixels"]] for m in media]).to(dtype).repeat(times, 1)
            out[grid] = torch.tensor([m["grid"] for m in media]).repeat(times, 1)
            if want == "video":
                out["second_per_grid_ts"] = torch.tensor([float(m["secondsPerGrid"]) for m in media]).repeat(times)
    return out


def inputs_of(ids, prompt, times):
    kinds = (ids == image).int() + 2 * (ids == video).int()
    extra = {"mm_token_type_ids": kinds} if "mm_token_type_ids" in forward else {}
    return dict(input_ids=ids, attention_mask=torch.ones_like(ids), **extra, **media_of(prompt, times))


def generate(prompt):
    sampled = dict(do_sample=True, temperature=case["temperature"], top_p=case.get("topP", 1.0), top_k=0) if case["temperature"] > 0 else dict(do_sample=False)
    with torch.no_grad():
        out = model.generate(**inputs_of(torch.tensor([prompt["ids"]]), prompt, 1), num_return_sequences=case["count"], max_new_tokens=case["maxTokens"],
                             min_new_tokens=case["maxTokens"], pad_token_id=0, use_cache=True, repetition_penalty=1.0,
                             suppress_tokens=[image, video], **sampled)
    new = out[:, len(prompt["ids"]):]
    assert new.shape == (case["count"], case["maxTokens"]), new.shape
    return new


def logprobs(net, prompt, completions):
    """[G, C]: prompt and completion in one pass for every completion; logits of all positions, as the reference trainer has them."""
    ids = torch.cat([torch.tensor([prompt["ids"]]).repeat(len(completions), 1), completions], 1)
    return completion_logprobs(net, ids, inputs_of(ids, prompt, len(completions)), len(prompt["ids"]))


def completion_logprobs(net, ids, inputs, prompt_length):
    logits = net(**inputs, use_cache=False).logits[:, :-1]
    rows = [torch.log_softmax(row, -1).gather(1, target[:, None])[:, 0] for row, target in zip(logits, ids[:, 1:])]
    return torch.stack(rows)[:, prompt_length - 1:]


def batched(net, prompts, completions):
    """[N, C]: different prompts of one length with a completion each, all in one batch."""
    ids = torch.cat([torch.tensor([p["ids"] for p in prompts]), torch.tensor([group[0] for group in completions])], 1)
    media = media_of(dict(media=[m for p in prompts for m in p["media"]]), 1)
    return completion_logprobs(net, ids, {**inputs_of(ids, dict(media=[]), 1), **media}, len(prompts[0]["ids"]))


def optimiser():
    return torch.optim.AdamW(model.parameters(), lr=case["learningRate"], weight_decay=0.01)


def step(opt):
    torch.nn.utils.clip_grad_norm_(model.parameters(), case["clipNorm"])
    opt.step()
    opt.zero_grad(set_to_none=True)


def timed(spent, name, work):
    start = time.perf_counter()
    result = work()
    spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
    return result


def repeated(work):
    """Medians over the repeats of every phase that `work` reports, and of their sum."""
    for _ in range(case.get("warmup", 1)):
        work({})
    runs = []
    for _ in range(case.get("repeats", 3)):
        spent = {}
        work(spent)
        runs.append({**spent, "total": sum(spent.values())})
    middle = lambda values: sorted(values)[len(values) // 2]
    return {name: middle([run[name] for run in runs]) for name in runs[0]}


def main():
    prompts, result = case["prompts"], {}
    if kind == "rollout":
        seconds = repeated(lambda spent: timed(spent, "rollout", lambda: [generate(p) for p in prompts]))
        tokens = len(prompts) * case["count"] * case["maxTokens"]
        result = dict(tokens=tokens, tokensPerSecond=tokens / seconds["rollout"])
    elif kind == "train-step":
        model.train()
        opt = optimiser()
        net = torch.compile(model) if case.get("compile") else model

        def work(spent):
            loss = -timed(spent, "forward", lambda: batched(net, prompts, case["completions"])).mean()
            timed(spent, "backward", loss.backward)
            timed(spent, "step", lambda: step(opt))
            result["loss"] = loss.item()

        seconds = repeated(work)
    elif kind == "rl-update":
        reference = copy.deepcopy(model).eval().requires_grad_(False)
        opt = optimiser()

        def work(spent):
            for prompt, adv in zip(prompts, case["advantages"]):
                model.eval()
                completions = timed(spent, "rollout", lambda: generate(prompt))
                model.train()
                with torch.no_grad():
                    ref = timed(spent, "reference", lambda: logprobs(reference, prompt, completions))
                policy = timed(spent, "forward", lambda: logprobs(model, prompt, completions))
                advantage = torch.tensor(adv)[:, : policy.shape[1]]
                ratio = torch.exp(policy - policy.detach())
                surrogate = torch.minimum(ratio * advantage, torch.clamp(ratio, 1 - case["epsilon"], 1 + case["epsilon"]) * advantage)
                k3 = torch.exp(ref - policy) - (ref - policy) - 1
                loss = -(surrogate - case["beta"] * k3).mean(1).mean() / len(prompts)
                timed(spent, "backward", loss.backward)
            timed(spent, "step", lambda: step(opt))
            result["loss"] = loss.item()

        seconds = repeated(work)
    elif kind == "logprobs":
        model.eval()
        seconds = {}
        with torch.no_grad():
            # Groups may hold completions of different lengths: one at a time.
            result["logprobs"] = [[logprobs(model, p, torch.tensor([c]))[0].tolist() for c in group] for p, group in zip(prompts, case["completions"])]
    else:
        sys.exit(f"unknown measurement {kind}")
    about = dict(torch=torch.__version__, transformers=transformers.__version__, threads=torch.get_num_threads(), matmulPrecision=torch.get_float32_matmul_precision(), dtype=str(dtype).split(".")[1])
    print(json.dumps(dict(**about, parameters=sum(p.numel() for p in model.parameters()), seconds=seconds, **result)))


main()
