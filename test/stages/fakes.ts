import { either as E, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import type { Completion, Engine, EngineFault, Prompt } from 'kinograd/engine'
import { fault, type Item, items, type Stage } from 'kinograd/flow'
import type { Clip, Decoder, Frames, MediaFault } from 'kinograd/media'
import type { Annotator, Judge, TeacherFault } from 'kinograd/teacher'
import { lastValueFrom, toArray } from 'rxjs'

export const recordOf = (id: string, more: Partial<VideoRecord> = {}): VideoRecord => ({
  id,
  problem: `what is in ${id}?`,
  problemType: 'numerical',
  dataType: 'video',
  options: [],
  answer: '7',
  path: `${id}.mp4`,
  source: 'made up',
  ...more,
})

/** Runs items through a stage. */
export const run = <A, B>(stage: Stage<A, B>, given: readonly A[]): Promise<Item<B>[]> =>
  lastValueFrom(items(given).pipe(stage, toArray()))

const truncated = (path: string): MediaFault => fault('Truncated', `${path} ends early`, 'Copy it again.')

/** Knows every clip but those whose path says that they are broken. */
export const decoder: Decoder = {
  name: 'fake',
  probe: path =>
    path.includes('broken')
      ? TE.left(truncated(path))
      : TE.right<MediaFault, Clip>({
          path,
          durationSeconds: 2,
          frameCount: 8,
          fps: 4,
          width: 28,
          height: 28,
          codec: 'h264',
          rotation: 0,
        }),
  times: () => TE.right(Array.from({ length: 8 }, (_, i) => i / 4)),
  frames: (clip, indices) =>
    clip.path.includes('dark')
      ? TE.left(fault('Undecodable', 'frame 3', 'Copy it again.'))
      : TE.right(framesOf(indices.length)),
  activity: () => TE.right([]),
}

export const framesOf = (count: number): Frames => ({
  data: new Uint8Array(count * 28 * 28 * 3),
  count,
  height: 28,
  width: 28,
  times: Array.from({ length: count }, (_, i) => i / 4),
})

/** Says what the record's id stands for in the table, or fails with the fault there. */
export const annotatorOf = (chains: Readonly<Record<string, string | TeacherFault>>): Annotator => ({
  name: 'fake annotator',
  annotate: ({ record }) => {
    const chain = chains[record.id]
    return typeof chain === 'string'
      ? TE.right(chain)
      : TE.left(chain ?? fault('Refused', `no chain for ${record.id}`, ''))
  },
})

/** Finds an observation sufficient when it says so; fails with the fault whose tag it names. */
export const judge: Judge = {
  name: 'fake judge',
  judge: ({ observation }) =>
    observation.startsWith('fault ')
      ? TE.left(fault(observation.slice(6) as TeacherFault['_tag'], 'the judge failed', ''))
      : TE.right({ sufficient: observation.includes('enough') }),
}

export const chain = (observation: string, answer = '7'): string =>
  `<observation>${observation}</observation><think>so it is</think><answer>${answer}</answer>`

/** Texts as completions: one character a token, 0 ends. */
export const completionOf = (text: string, stop: Completion['stop'] = 'stop'): Completion => {
  const ids = Int32Array.from([...text].map(c => c.charCodeAt(0)).concat(stop === 'stop' ? [0] : []))
  return { ids, stop, logprobs: new Float32Array(ids.length).fill(-1), samplingLogprobs: new Float32Array(ids.length) }
}
export const tokenizer = {
  pieces: (ids: Int32Array) => Array.from(ids, id => (id === 0 ? '<end>' : String.fromCharCode(id))),
}

export const prompt: Prompt = { ids: Int32Array.of(1, 2), media: [] }

export interface Call {
  readonly verb: string
  readonly with: unknown
}

/** An engine that writes down what it is asked, and answers with what it is given. */
export const engineOf = (answers: {
  readonly sampled?: readonly (readonly Completion[])[]
  readonly fault?: EngineFault
  readonly logprob?: number
}): { readonly engine: Engine; readonly calls: Call[] } => {
  const calls: Call[] = []
  const answer = <A>(verb: string, given: unknown, value: A): TE.TaskEither<EngineFault, A> => {
    calls.push({ verb, with: given })
    return answers.fault === undefined ? TE.right(value) : TE.left(answers.fault)
  }
  const flat = (groups: Parameters<Engine['logprobs']>[0]) =>
    groups.flatMap(({ completions }) => completions.map(c => new Float64Array(c.length).fill(answers.logprob ?? -1)))
  return {
    calls,
    engine: {
      capabilities: { backend: 'fake', parameters: 0, maxTokens: 100 },
      sample: (prompts, sampling) => answer('sample', { prompts, sampling }, answers.sampled ?? prompts.map(() => [])),
      logprobs: (groups, _, options) => answer('logprobs', { groups, ...options }, flat(groups)),
      forwardBackward: (groups, objective) => {
        const { loss, metrics, gradient } = objective(flat(groups))
        return answer('forwardBackward', { groups, gradient }, { loss, metrics })
      },
      optimStep: rate => answer('optimStep', rate, { gradientNorm: 2 }),
      save: () => answer('save', null, undefined),
      load: () => answer('load', null, undefined),
      dispose: () => undefined,
    },
  }
}

/** What a Left of a stage looks like. */
export const left = (stage: string, item: string, _tag: string): unknown =>
  E.left({ _tag: 'StageError', stage, item, fault: { _tag } })
