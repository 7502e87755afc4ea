import { choice, flag, number, type Read, text, texts, whole } from '../codec/setting.ts'
import { checked, exactlyOne, list, settings, shortOrLong } from '../codec/settings.ts'

/** A low-rank adapter; the names are those of `loadPolicy`. */
const adapter = settings(
  { rank: whole({ from: 1, to: 1024 }) },
  {
    /** Twice the rank when not given. */
    alpha: number({ above: 0 }),
    /** `all-linear` when not given. */
    targets: texts('all-linear, or a list of names such as q_proj'),
    seed: whole({ from: 0 }),
  },
)

const optimiser = settings(
  {},
  {
    beta1: number({ from: 0, to: 1 }),
    beta2: number({ from: 0, to: 1 }),
    epsilon: number({ above: 0 }),
    weightDecay: number({ from: 0 }),
    /** The norm at which the gradient is clipped. */
    clip: number({ above: 0 }),
    /** How both moments are kept. */
    moments: choice(['float32', 'bfloat16']),
  },
)

/** A random policy of tiny size: to try a pipeline, not to learn much. */
const tiny = shortOrLong(
  flag,
  settings(
    {},
    {
      width: choice([64, 96, 128]),
      layers: whole({ from: 1, to: 12 }),
      seed: whole({ from: 0 }),
    },
  ),
)

/** A vLLM server that samples the policy. */
const vllm = settings(
  { url: text('the address of a vLLM server'), adapters: text('a folder that the server reads') },
  {
    /** The folder of adapters as the server names it. */
    adaptersThere: text('a folder on the machine of the server'),
    /** Which of its models. */
    model: text('the name of a model'),
    key: text('a file with a key'),
  },
)

/** Which policy learns, and how it is loaded. */
export const policy = checked(
  settings(
    {},
    {
      /** A folder as Hugging Face has it. */
      checkpoint: text('the folder of a checkpoint'),
      tiny,
      /** The address of an engine that runs elsewhere. */
      engine: text('the address of an engine'),
      /** Tokenizer and preprocessor of that engine's model. */
      tokenizer: text('the folder of a tokenizer'),
      /** Which of that engine's models. */
      model: text('the name of a model'),
      /** The key of that engine. */
      key: text('a file with a key'),
      vllm,
      adapter,
      optimiser,
      frozen: list('vision and embeddings', choice(['vision', 'embeddings'])),
      checkpointing: flag,
      groupsAtOnce: whole({ from: 1 }),
      completionsAtOnce: whole({ from: 1 }),
      storage: choice(['auto', 'float32', 'bfloat16', 'int8']),
      maxTokens: whole({ from: 1 }),
    },
  ),
  exactlyOne(['checkpoint', 'tiny', 'engine'], 'checkpoint: ./Qwen2.5-VL-3B-Instruct'),
)
/** Which policy learns, as it was written. */
export type PolicySetting = Read<typeof policy>
