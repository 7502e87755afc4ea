import { either as E, type taskEither as TE } from 'fp-ts'
import { fault } from '../../../flow/index.ts'
import type { Patches } from '../../../media/index.ts'
import type { EngineFault, Prompt } from '../../engine.ts'
import { samplesResult } from '../wire/results.ts'
import type { Connection } from './connection.ts'
import { encodePrompt } from './encode.ts'
import { collect, submitOrKnown } from './future.ts'
import { type PadTokens, runsOfPads } from './pads.ts'
import { askUntilPromised, samplersOf } from './sampling.ts'
import { score } from './scoring.ts'

/** Log-probabilities of two tokens that end a prompt, seen with one medium, with another, and with none. */
export interface Three {
  readonly one: readonly number[]
  readonly other: readonly number[]
  readonly none: readonly number[]
}

/** The medium turned into another: bright becomes dark. */
const turned = (medium: Patches): Patches => ({ ...medium, values: medium.values.map(x => -x) })

/** A prompt with its media turned, and one without them. */
export const variants = (prompt: Prompt, pads: PadTokens): E.Either<EngineFault, readonly [Prompt, Prompt, Prompt]> =>
  E.map((runs: readonly { readonly start: number; readonly end: number }[]) => {
    const ids = prompt.ids.filter((_, i) => !runs.some(({ start, end }) => i >= start && i < end))
    return [prompt, { ids: prompt.ids, media: prompt.media.map(turned) }, { ids, media: [] }] as const
  })(runsOfPads(prompt, pads))

/** The fault of a server that drops media. */
export const dropped = (address: string, where: string, why: string): EngineFault =>
  fault(
    'MediaDropped',
    `${address} drops media in ${where} without a word: ${why}`,
    'Use a server that shows pictures to its model, such as kinograd serve; this one is for text alone.',
  )

/** Smallest difference by which log-probabilities are told apart. */
const noticeable = 1e-6

const differs = (a: readonly number[], b: readonly number[]): boolean =>
  a.some((x, i) => Math.abs(x - b[i]!) > noticeable)

/** Whether the medium was seen, by the log-probabilities behind it. */
export const judged = (address: string, where: string, { one, other, none }: Three): E.Either<EngineFault, void> => {
  if (!differs(one, other))
    return E.left(dropped(address, where, 'two different media give the same log-probabilities'))
  return differs(one, none)
    ? E.right(undefined)
    : E.left(dropped(address, where, 'a medium and none give the same log-probabilities'))
}

/** Two tokens of the prompt's own text, to be scored behind it. */
export const ending = ({ ids }: Prompt, pads: PadTokens): Int32Array => {
  const text = ids.filter(id => id !== pads.image && id !== pads.video)
  return Int32Array.of(text[0]!, text.at(-1)!)
}

const inTraining = async (
  at: Connection,
  prompts: readonly Prompt[],
  end: Int32Array,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, Three>> => {
  const sent = await score(
    at,
    prompts.map(prompt => ({ prompt, completions: [end] })),
    signal,
  )
  if (E.isLeft(sent)) return sent
  const done = await sent.right.result()
  if (E.isLeft(done))
    return done.left._tag === 'BadAnswer' && /log-probabilities for/.test(done.left.cause)
      ? E.left(dropped(at.link.address, 'training', done.left.cause))
      : done
  const [one, other, none] = done.right.logprobs.map(row => [...row])
  return E.right({ one: one!, other: other!, none: none! })
}

/** The last two log-probabilities of a prompt, as a sampler says them: one for each token and pad, the first of which may be left out. */
const promptScores = async (
  at: Connection,
  sampler: { readonly id: string; readonly next: () => number },
  prompt: Prompt,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, readonly number[]>> => {
  const encoded = await encodePrompt(prompt, at.capabilities)
  if (E.isLeft(encoded)) return encoded
  const { chunks, tokens } = encoded.right
  const body = async () =>
    E.right({
      ...{
        sampling_session_id: sampler.id,
        seq_id: sampler.next(),
        prompt: { chunks },
        num_samples: 1,
        type: 'sample',
      },
      ...{ sampling_params: { max_tokens: 1, seed: 1, temperature: 1, top_k: -1, top_p: 1 }, prompt_logprobs: true },
    })
  const asked = await askUntilPromised(at, body, sent => submitOrKnown(at.link, sent), signal)
  if (E.isLeft(asked)) return asked
  const done = await collect(at.link, asked.right, samplesResult, { signal, proto: !at.capabilities.own })
  if (E.isLeft(done)) return done
  const found = done.right.prompt_logprobs ?? []
  return found.length === tokens || found.length === tokens - 1
    ? E.right(found.slice(-2).map(value => value ?? Number.NaN))
    : E.left(dropped(at.link.address, 'sampling', `${found.length} log-probabilities for ${tokens} tokens and pads`))
}

const inSampling = async (
  at: Connection,
  prompts: readonly Prompt[],
  end: Int32Array,
  signal?: AbortSignal,
): Promise<E.Either<EngineFault, Three>> => {
  const sampler = await samplersOf(at).fresh(signal)
  if (E.isLeft(sampler)) return sampler
  const rows: (readonly number[])[] = []
  for (const { ids, media } of prompts) {
    const scored = await promptScores(at, sampler.right, { ids: Int32Array.from([...ids, ...end]), media }, signal)
    if (E.isLeft(scored)) return scored
    rows.push(scored.right)
  }
  const [one, other, none] = rows
  return E.right({ one: one!, other: other!, none: none! })
}

/**
 * Whether media reach the model of a server, in training and in sampling: a prompt with its medium, with another, and without must
 * have different log-probabilities, and as many as there are tokens and pads. Left: `MediaDropped` with name and reason.
 */
export const probeMedia =
  (at: Connection, prompt: Prompt, signal?: AbortSignal): TE.TaskEither<EngineFault, void> =>
  async () => {
    const { pads } = at.capabilities
    const prompts = variants(prompt, pads)
    if (E.isLeft(prompts)) return prompts
    const sent = await at.uploads.bring(prompts.right, signal)
    if (E.isLeft(sent)) return sent
    const end = ending(prompt, pads)
    for (const [where, look] of [
      ['training', inTraining],
      ['sampling', inSampling],
    ] as const) {
      const three = await look(at, prompts.right, end, signal)
      const passed = E.isLeft(three) ? three : judged(at.link.address, where, three.right)
      if (E.isLeft(passed)) return passed
    }
    return E.right(undefined)
  }
