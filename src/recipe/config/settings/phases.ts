import { choice, number, type Read, share, text, whole } from '../codec/setting.ts'
import { list, named, settings, shortOrLong } from '../codec/settings.ts'
import { records } from './data.ts'
import { loss, normaliser, rewards, weights } from './rewards.ts'

/** Workers that do the data phase, by their NATS server. */
const workers = shortOrLong(
  text('the address of a NATS server'),
  settings(
    { nats: text('the address of a NATS server') },
    {
      /** What the run is called among the workers; its name when not given. */
      run: text('a name'),
      credentials: text('a file of credentials'),
      /** Certificates: of the authority, of this client, and the key of that one. */
      ca: text('a file with a certificate'),
      cert: text('a file with a certificate'),
      key: text('a file with a key'),
    },
  ),
)

/** Steps 1 to 3 of the data pipeline: chains of thought, verified and judged. */
export const annotation = settings(
  {},
  {
    records,
    /** Which tags the pipeline looks at; `answer`, `observation` and `think` where the template has them. */
    tags: settings({}, { answer: text('a tag'), observation: text('a tag'), think: text('a tag') }),
    /** What an answer must score to be kept. */
    threshold: number({ from: 0, to: 1 }),
    /** Records annotated at the same time. */
    inFlight: whole({ from: 1, to: 256 }),
    /** Who does it, where it is not this process. */
    workers,
  },
)
/** The data phase as it was written. */
export type AnnotationSetting = Read<typeof annotation>

/** How the learning rate goes. */
const rates = {
  rate: number({ above: 0 }),
  schedule: choice(['constant', 'cosine']),
  warmup: whole({ from: 0 }),
  /** Where a cosine ends, as a share of the rate; 0 when not given. */
  floor: share,
}

/** Supervised fine-tuning on chains: those that `annotation` makes, or files of them. */
export const sft = settings(
  { steps: whole({ from: 1 }) },
  {
    /** Files of chains; needed where there is no `annotation`. */
    records,
    /** A checkpoint to go on from. */
    from: text('the folder of a checkpoint'),
    /** Chains a step. */
    batch: whole({ from: 1 }),
    ...rates,
  },
)
/** Fine-tuning as it was written. */
export type SftSetting = Read<typeof sft>

/** How completions are sampled. */
const sampling = {
  maxTokens: whole({ from: 1 }),
  temperature: number({ from: 0 }),
  topP: number({ above: 0, to: 1 }),
  topK: whole({ from: 1 }),
  minP: number({ from: 0, to: 1 }),
  repetitionPenalty: number({ above: 0 }),
}

/** One arm of several that start from one checkpoint and see the same questions. */
const arm = shortOrLong(
  normaliser,
  settings({ normaliser }, { title: text('a title'), rate: number({ above: 0 }), loss, seed: whole({ from: 0 }) }),
)

/** Reinforcement. */
export const rl = settings(
  { updates: whole({ from: 1 }) },
  {
    rewards,
    records,
    /** A checkpoint to start from instead of what SFT came to, or of the policy itself. */
    from: text('the folder of a checkpoint'),
    /** Questions an update. */
    prompts: whole({ from: 1 }),
    /** G, completions a question. */
    completions: whole({ from: 2 }),
    normaliser,
    /** Several arms by name, in place of one `normaliser`. */
    arms: named('names to normalisers', arm),
    /** How often each arm is run, each time with another seed. */
    seeds: whole({ from: 1, to: 100 }),
    /** Runs of arms at once, each in a process of its own. */
    atOnce: whole({ from: 1, to: 64 }),
    weights,
    loss,
    /** Whose log-probabilities a KL is taken to: `start` loads the weights that reinforcement starts from a second time. */
    reference: choice(['start']),
    sampling: settings({}, sampling),
    ...rates,
    /** Looks at the policy on the way. */
    watch: settings({ every: whole({ from: 1 }) }, { records }),
    /** Groups of each update that are written down whole, for the page. */
    keptGroups: whole({ from: 0 }),
  },
)
/** Reinforcement as it was written. */
export type RlSetting = Read<typeof rl>

/** Questions that policies are tested on. */
export const evaluation = settings(
  {},
  {
    records,
    /** Which policies; all that the run has when not given. */
    of: list('base, sft and names of arms', text('base, sft or the name of an arm')),
    ...sampling,
    /** A second round under another sampling. */
    again: settings({}, sampling),
    /** Questions asked at the same time. */
    atOnce: whole({ from: 1 }),
    /** Policies asked at the same time, each in a process of its own. */
    policiesAtOnce: whole({ from: 1, to: 64 }),
  },
)
/** The evaluation as it was written. */
export type EvaluationSetting = Read<typeof evaluation>
