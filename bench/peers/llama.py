"""Times llama.cpp on the rollouts that kinograd does, from the same weights and the same text prompts, and prints one line of JSON.

usage: python llama.py rollout|logits CHECKPOINT CASE F32|BF16|Q8_0
CHECKPOINT and CASE: as for qwen25vl.py; prompts without media. The decoder is written as GGUF beside the case, under the name of its
type. It is the architecture `qwen2`: where there is no clip, the three axes of MRoPE have one position, and it is plain rotary embedding.
rollout: through the low-level calls, as the fastest program would: the prompt is decoded once for all sequences of its group, then
         one batch of all sequences a token; drawn by llama.cpp's own samplers (temperature, top-p), with no stop token.
logits:  no timing: logits after the first prompt, to be compared with ours.
"""
import ctypes, json, os, sys, time
import gguf, llama_cpp as L, numpy as np
from safetensors import safe_open

kind, checkpoint, folder, dtype = sys.argv[1:5]
case = json.load(open(os.path.join(folder, "case.json")))
config = json.load(open(os.path.join(checkpoint, "config.json")))
text = {**config, **config.get("text_config", {})}
layers, vocabulary = text["num_hidden_layers"], text["vocab_size"]
types = dict(F32=gguf.GGMLQuantizationType.F32, BF16=gguf.GGMLQuantizationType.BF16, Q8_0=gguf.GGMLQuantizationType.Q8_0)

inside = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
          "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
          "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}


def names():
    """Names of the decoder's tensors: ours without its beginning → llama.cpp's."""
    found = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
    for i in range(layers):
        for ours, theirs in inside.items():
            for part in ("weight", "bias"):
                found[f"layers.{i}.{ours}.{part}"] = f"blk.{i}.{theirs}.{part}"
    return found


def weights():
    """The decoder's tensors in float32, by llama.cpp's names."""
    table = names()
    for file in sorted(f for f in os.listdir(checkpoint) if f.endswith(".safetensors") and f.startswith("model")):
        with safe_open(os.path.join(checkpoint, file), "pt") as tensors:
            for name in tensors.keys():
                short = name.removeprefix("model.").removeprefix("language_model.")
                if name == "lm_head.weight":
                    yield "output.weight", tensors.get_tensor(name).float().numpy()
                elif short in table:
                    yield table[short], tensors.get_tensor(name).float().numpy()


def write(path):
    """The decoder as GGUF. Vectors stay in float32, as llama.cpp's own converter leaves them."""
    out = gguf.GGUFWriter(path, "qwen2")
    out.add_block_count(layers)
    out.add_context_length(text["max_position_embeddings"])
    out.add_embedding_length(text["hidden_size"])
    out.add_feed_forward_length(text["intermediate_size"])
    out.add_head_count(text["num_attention_heads"])
    out.add_head_count_kv(text["num_key_value_heads"])
    out.add_rope_freq_base(text.get("rope_theta") or text["rope_parameters"]["rope_theta"])
    out.add_layer_norm_rms_eps(text["rms_norm_eps"])
    out.add_vocab_size(vocabulary)
    out.add_tokenizer_model("no_vocab")
    written = set()
    for name, values in weights():
        written.add(name)
        as_type = types[dtype] if values.ndim == 2 else types["F32"]
        out.add_tensor(name, gguf.quants.quantize(np.ascontiguousarray(values), as_type), raw_dtype=as_type)
    lacking = {n for n in names().values() if not (n.endswith(".bias") and n.split(".")[2] not in ("attn_q", "attn_k", "attn_v"))} - written
    if lacking:
        sys.exit(f"the checkpoint lacks {sorted(lacking)[:3]} and {len(lacking)} in all")
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


@L.llama_log_callback
def quiet(level, message, data):
    # 4 is an error in llama.cpp's numbering.
    if level == 4:
        sys.stderr.write(message.decode(errors="replace"))


def opened(path, sequences, length):
    L.llama_log_set(quiet, ctypes.c_void_p(0))
    L.llama_backend_init()
    params = L.llama_model_default_params()
    params.n_gpu_layers = 0
    # Weights laid out anew for AMX end with a segmentation fault in a batch of several sequences (0.3.36, Q8_0).
    params.use_extra_bufts = dtype != "Q8_0"
    model = L.llama_load_model_from_file(path.encode(), params) if not hasattr(L, "llama_model_load_from_file") else L.llama_model_load_from_file(path.encode(), params)
    if not model:
        sys.exit("llama.cpp did not take the model")
    given = L.llama_context_default_params()
    longest = max(len(p["ids"]) for p in case["prompts"])
    given.n_ctx = longest + sequences * length + 64
    given.n_batch = given.n_ubatch = max(longest, sequences)
    given.n_seq_max = sequences
    # One cache for all sequences: the prompt's keys and values are shared.
    given.kv_unified = True
    given.type_k = given.type_v = 0 if dtype == "F32" else 1
    threads = case.get("threads") or os.cpu_count()
    given.n_threads = given.n_threads_batch = threads
    context = L.llama_init_from_model(model, given)
    if not context:
        sys.exit("llama.cpp made no context")
    return model, context, threads


def add(batch, token, position, sequences, logits):
    i = batch.n_tokens
    batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, len(sequences), logits
    for k, s in enumerate(sequences):
        batch.seq_id[i][k] = s
    batch.n_tokens = i + 1


def decode(context, batch):
    if L.llama_decode(context, batch) != 0:
        sys.exit("llama_decode failed")


def sampler(seed):
    chain = L.llama_sampler_chain_init(L.llama_sampler_chain_default_params())
    if case.get("topP", 1.0) < 1:
        L.llama_sampler_chain_add(chain, L.llama_sampler_init_top_p(case["topP"], 1))
    L.llama_sampler_chain_add(chain, L.llama_sampler_init_temp(case["temperature"]))
    L.llama_sampler_chain_add(chain, L.llama_sampler_init_dist(seed))
    return chain


def rollout(context, batch, ids, count, length, seed):
    """Seconds in all, and of these in `llama_decode`."""
    start, inside_decode = time.perf_counter(), 0.0
    L.llama_memory_clear(L.llama_get_memory(context), True)
    chains = [sampler(seed * 1000 + s) for s in range(count)]
    every = list(range(count))
    batch.n_tokens = 0
    for i, token in enumerate(ids):
        add(batch, token, i, every, i == len(ids) - 1)
    for step in range(length):
        before = time.perf_counter()
        decode(context, batch)
        # Logits are there when they are asked for.
        L.llama_synchronize(context)
        inside_decode += time.perf_counter() - before
        drawn = [L.llama_sampler_sample(chain, context, -1 if step == 0 else s) for s, chain in enumerate(chains)]
        batch.n_tokens = 0
        for s, token in enumerate(drawn):
            add(batch, token, len(ids) + step, [s], True)
    for chain in chains:
        L.llama_sampler_free(chain)
    return time.perf_counter() - start, inside_decode


def main():
    path = os.path.join(folder, f"{dtype}.gguf")
    if not os.path.exists(path):
        write(path)
    count, length = case.get("count", 1), case.get("maxTokens", 1)
    model, context, threads = opened(path, count, length)
    prompts = case["prompts"]
    room = max(max(len(p["ids"]) for p in prompts), count)
    batch = L.llama_batch_init(room, 0, count)
    about = dict(llama=L.__version__, threads=threads, dtype=dtype)
    if kind == "logits":
        ids = prompts[0]["ids"]
        batch.n_tokens = 0
        for i, token in enumerate(ids):
            add(batch, token, i, [0], i == len(ids) - 1)
        decode(context, batch)
        values = np.ctypeslib.as_array(L.llama_get_logits_ith(context, -1), shape=(vocabulary,))
        print(json.dumps(dict(**about, logits=values.tolist())))
        return
    for run in range(case.get("warmup", 1)):
        for p in prompts:
            rollout(context, batch, p["ids"], count, length, run + 1)
    runs = []
    for run in range(case.get("repeats", 3)):
        times = [rollout(context, batch, p["ids"], count, length, run + 1) for p in prompts]
        runs.append((sum(t for t, _ in times), sum(d for _, d in times)))
    # The best: what others do to the machine only makes a run longer.
    seconds, decoding = min(runs)
    tokens = len(prompts) * count * length
    print(json.dumps(dict(**about, tokens=tokens, tokensPerSecond=tokens / seconds, seconds=dict(total=seconds, decode=decoding))))


main()
