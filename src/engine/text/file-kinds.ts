/** A file that is none of those that a checkpoint is read from: what it is, and how one comes to one that is. */
export interface Foreign {
  readonly what: string
  readonly how: string
}

const saving = 'load it in transformers and save it with save_pretrained, which writes safetensors'

const lfsPointer: Foreign = {
  what: 'a Git LFS pointer, a few lines that stand for the file',
  how: 'run `git lfs pull` in its folder, or download the model with `hf download`',
}
const gguf: Foreign = {
  what: "a GGUF file of llama.cpp, whose weights are in blocks of that program's own",
  how: 'take the safetensors from which it was made, or load it in transformers with gguf_file=… and save it with save_pretrained',
}
const pickle: Foreign = {
  what: 'a pickle of PyTorch, a program that runs when it is read',
  how: `${saving}, or with safetensors.torch.save_file`,
}

const beginnings: readonly (readonly [beginning: string, Foreign])[] = [
  ['version https://git-lfs.github.com/', lfsPointer],
  ['GGUF', gguf],
  ['PK\x03\x04', pickle],
  ['\x80\x02', pickle],
  ['\x80\x04', pickle],
  ['\x89HDF', { what: 'an HDF5 file of Keras', how: `${saving} (from_tf=True)` }],
]

/** How many bytes of a file `foreignBytes` looks at. */
export const beginningBytes = 64

/** What a file is by its first bytes, where it is none that is read. */
export const foreignBytes = (bytes: Uint8Array): Foreign | undefined => {
  const text = Buffer.from(bytes.subarray(0, beginningBytes)).toString('latin1')
  return beginnings.find(([beginning]) => text.startsWith(beginning))?.[1]
}

const distributed: Foreign = {
  what: 'a distributed checkpoint of PyTorch, parts of tensors for each process',
  how: 'join it with torch.distributed.checkpoint.format_utils (DeepSpeed: zero_to_fp32.py) and save_pretrained',
}

const names: readonly (readonly [name: RegExp, Foreign])[] = [
  [/\.gguf$/i, gguf],
  [/\.distcp$|^(mp_rank_|zero_pp_rank_|global_step)/, distributed],
  [/\.(bin|pt|pth|ckpt|pkl)$/, pickle],
  [/\.msgpack$/, { what: 'weights of Flax', how: `${saving} (from_flax=True)` }],
  [/\.h5$/, { what: 'weights of TensorFlow', how: `${saving} (from_tf=True)` }],
  [
    /\.npz$/,
    { what: 'weights of MLX or numpy', how: 'save them with mx.save_safetensors under the names of transformers' },
  ],
  [/\.onnx$/, { what: 'a graph of ONNX', how: 'take the checkpoint from which it was made' }],
]

/** Files that have weights in their names but are settings or states of a trainer. */
const besides = /^(training_args|optimizer|scheduler|rng_state.*|scaler)\./

/** The first file of a folder that holds weights which are not read; nothing where there is none. */
export const foreignFile = (files: readonly string[]): (Foreign & { readonly name: string }) | undefined => {
  for (const [pattern, foreign] of names) {
    const name = files.toSorted().find(one => pattern.test(one) && !besides.test(one))
    if (name !== undefined) return { name, ...foreign }
  }
  return undefined
}

/** One sentence: what it is, and how to convert it. */
export const sentence = ({ what, how }: Foreign): string => `${what}: ${how}`
