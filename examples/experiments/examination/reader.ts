import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Engine, Prompt } from 'kinograd/engine'
import type { EvaluatedPolicy, PolicyQuestion } from 'kinograd/evaluation'
import type { Fault } from 'kinograd/flow'
import type { Clip, Frames } from 'kinograd/media'
import type { RecipePolicy } from 'kinograd/recipe'

/** What is shown where no clip is: eight black pictures of the world's size, so that a prompt has the same shape. */
const black: { readonly clip: Clip; readonly frames: Frames } = {
  clip: { path: '', durationSeconds: 2, frameCount: 8, fps: 4, width: 56, height: 56, codec: 'none', rotation: 0 },
  frames: {
    data: new Uint8Array(8 * 56 * 56 * 3),
    count: 8,
    width: 56,
    height: 56,
    times: Array.from({ length: 8 }, (_, i) => i / 4),
  },
}

/** The prompt with an observation behind it that somebody else made: the reader goes on from there. */
const going = (prompt: Prompt, observation: Int32Array): Prompt => ({
  ...prompt,
  ids: Int32Array.from([...prompt.ids, ...observation]),
})

/**
 * A fine-tuned policy as the reader of an examination: it answers from clip or black pictures, behind its own observation or one that is
 * given. Greedy. Left: `BadTokenizer`, an observation in words that it has not; what the engine gives.
 */
export const policyReader = ({ tokenizer, prompt }: RecipePolicy, engine: Engine): EvaluatedPolicy => ({
  name: 'the policy after SFT',
  answer: ({ record, clip, frames, observation }: PolicyQuestion, signal) => {
    const seen = clip === undefined || frames === undefined ? black : { clip, frames }
    const segment = observation === undefined ? '' : `<observation> ${observation} </observation>`
    const sampling = { count: 1, maxTokens: 72, temperature: 0, stop: [tokenizer.eos], seed: 0 }
    return F.pipe(
      prompt({ record, ...seen }),
      E.bindTo('asked'),
      E.bindW('given', () => (segment === '' ? E.right(new Int32Array()) : tokenizer.encode(segment))),
      E.mapLeft((wrong): Fault => wrong),
      TE.fromEither,
      TE.flatMap(({ asked, given }) => engine.sample([going(asked, given)], sampling, signal)),
      TE.map(([group]) =>
        `${segment} ${tokenizer.decode(group?.[0]?.ids ?? new Int32Array(), { skipSpecial: true })}`.trim(),
      ),
    )
  },
})
