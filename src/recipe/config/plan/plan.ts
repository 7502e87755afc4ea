import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { parameterShapes, type Qwen25VLConfig } from '../../../engine/tfjs/index.ts'
import type { Fault } from '../../../flow/index.ts'
import { duration } from '../../../run/index.ts'
import { mediaOf } from '../compile/media.ts'
import type { Surveyed } from '../disk/survey.ts'
import type { LoadedConfig } from '../load.ts'
import { askedInWords } from './cost.ts'
import { type Counts, countsOf } from './counts.ts'
import { type Kept, keptAs } from './kept.ts'
import { type MemoryPlan, memoryOf } from './memory.ts'
import { type Seen, seenOf } from './seen.ts'
import { secondsOf } from './time.ts'

/** One phase of the plan: what it does, about how long it takes, and what its tensors take. */
export interface PlannedPhase {
  readonly name: string
  readonly does: string
  readonly seconds: number
  readonly bytes?: number
}

/** What a configuration would do. */
export interface ConfigPlan {
  readonly phases: readonly PlannedPhase[]
  /** Records, policy, who is asked and what that costs: a line each. */
  readonly notes: readonly string[]
}

const kindWords: Readonly<Record<string, string>> = { video: 'videos', image: 'pictures', frame: 'folders of pictures' }

const recordsInWords = ({ at, count, kinds, unreadable, absent, lookedFor }: Surveyed): string =>
  [
    `${at.join('.')}: ${count} records (${Object.entries(kinds)
      .map(([kind, n]) => `${n} ${kindWords[kind] ?? kind}`)
      .join(', ')})`,
    ...(unreadable > 0 ? [`${unreadable} cannot be read`] : []),
    ...(absent > 0 ? [`${absent} of the first ${lookedFor} have no medium`] : []),
  ].join('; ')

const millions = (parameters: number): string =>
  parameters >= 1e9 ? `${(parameters / 1e9).toFixed(1)} billion` : `${(parameters / 1e6).toFixed(1)} million`

/** Bytes, for people. */
const bytesInWords = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`

type Seconds = ReturnType<typeof secondsOf>

const phasesOf = (
  { settings: { teacher = 'the teacher of the module', judge, module } }: LoadedConfig,
  counts: Counts,
  seconds: Seconds,
  memory: MemoryPlan | undefined,
): readonly PlannedPhase[] => {
  const { annotation, sft, rl, evaluation } = counts
  const bytes = (given: number | undefined) => (given === undefined ? {} : { bytes: given })
  const nobody = module === undefined ? 'none judges them' : 'its judge, if it has one, judges them'
  const judging = judge === undefined ? nobody : `${judge} judges them`
  // Records that a module makes are not there yet.
  const many = (questions: number) =>
    module !== undefined && questions === 0 ? 'the questions of the module' : `${questions} questions`
  return [
    ...(annotation === undefined
      ? []
      : [
          {
            name: 'CoT data',
            does: `${many(annotation)}: ${teacher} writes chains, ${judging}`,
            seconds: seconds.annotation,
          },
        ]),
    ...(sft === undefined
      ? []
      : [
          {
            name: 'SFT',
            does: `${sft.steps} steps of ${sft.batch} chains`,
            seconds: seconds.sft,
            ...bytes(memory?.sft),
          },
        ]),
    ...rl.map(({ title, updates, prompts, completions, maxTokens }, i) => ({
      name: title,
      does: `${updates} updates of ${prompts} questions, ${completions} completions of at most ${maxTokens} tokens each`,
      seconds: seconds.rl[i] ?? 0,
      ...bytes(memory?.rl?.peak),
    })),
    ...(counts.watched === 0
      ? []
      : [
          { name: 'on the way', does: `${counts.watched} answers looked at between updates`, seconds: seconds.watched },
        ]),
    ...(evaluation === undefined
      ? []
      : [
          {
            name: 'evaluation',
            does: `${evaluation.policies} policies on ${many(evaluation.questions)}${evaluation.rounds > 1 ? ', twice' : ''}`,
            seconds: seconds.evaluation,
            ...bytes(memory?.weights),
          },
        ]),
  ]
}

/** Tokens of a question to a teacher or a judge and of its answer, roughly; a picture is about a thousand of Claude's. */
const [promptTokens, frameTokens, chainTokens, judgeTokens, verdictTokens] = [700, 1000, 500, 600, 150]

const askedNotes = ({ settings }: LoadedConfig, { annotation, judged }: Counts, frames: number): readonly string[] => {
  const { teacher, judge } = settings
  const { chains, rollouts, answers } = judged
  const all = chains + rollouts + answers
  return [
    ...(annotation === undefined || teacher === undefined
      ? []
      : [
          `teacher ${askedInWords({ who: teacher, questions: annotation, input: promptTokens + frames * frameTokens, output: chainTokens })}`,
        ]),
    ...(judge === undefined || all === 0
      ? []
      : [
          `judge ${askedInWords({ who: judge, questions: all, input: judgeTokens, output: verdictTokens })} (${chains} chains, ${rollouts} rollouts, ${answers} answers)`,
        ]),
  ]
}

const elsewhere = (policy: LoadedConfig['settings']['policy']): readonly string[] =>
  policy?.engine === undefined
    ? []
    : [
        `policy: an engine at ${policy.engine}; remote engines cannot be used yet, so this is a plan only, without its time and memory`,
      ]

const unseen = ({ module, policy }: LoadedConfig['settings']): readonly string[] =>
  module === undefined
    ? []
    : [
        `what the module makes is not known before it is run${policy === undefined ? ': a policy of its own is counted here as a tiny one' : ''}`,
      ]

const countIn = (model: Qwen25VLConfig): number =>
  [...parameterShapes(model).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)

const planned = (config: LoadedConfig, seen: Seen, storage: Kept, backend: string): ConfigPlan => {
  const { settings, records } = config
  const counts = countsOf(settings, records)
  const { grid, textTokens, config: model } = seen
  const computes = counts.sft !== undefined || counts.rl.length > 0 || counts.evaluation !== undefined
  const memory =
    computes && model !== undefined
      ? memoryOf({ config: model, policy: settings.policy ?? {}, storage, grid, textTokens }, counts)
      : undefined
  const plan = memory !== undefined && E.isRight(memory) ? memory.right : undefined
  const visual = (grid[0] * grid[1] * grid[2]) / 4
  const parameters = plan === undefined || model === undefined ? 0 : countIn(model)
  const seconds = secondsOf(counts, {
    parameters,
    layers: model?.text.layers ?? 0,
    promptTokens: visual + textTokens,
    backend,
  })
  return {
    phases: phasesOf(config, counts, seconds, plan),
    notes: [
      ...records.map(recordsInWords),
      ...elsewhere(settings.policy),
      ...unseen(settings),
      ...(parameters === 0
        ? []
        : [
            `policy: ${millions(parameters)} parameters, ${bytesInWords(plan?.weights ?? 0)} in memory${storage === 'float32' ? '' : ` as ${storage}`}`,
          ]),
      ...(memory !== undefined && E.isLeft(memory) ? [`memory cannot be predicted: ${memory.left.cause}`] : []),
      `a prompt: about ${Math.round(visual)} tokens of a clip and ${textTokens} of text`,
      ...askedNotes(config, counts, grid[0] * 2),
    ],
  }
}

/**
 * What a configuration would do: counts, time by stated rates, memory by phase, questions to teacher and judge with their cost. Reads
 * records and the headers of one medium; sends and writes nothing. Left: `NoDecoder`, `BadCheckpoint`.
 */
export const planConfig = (config: LoadedConfig, backend: string): TE.TaskEither<Fault, ConfigPlan> =>
  F.pipe(
    mediaOf(config.place, config.settings.media),
    TE.mapLeft((fault): Fault => fault),
    TE.flatMap(({ media }) => seenOf(config, media)),
    TE.bindTo('seen'),
    TE.bind(
      'storage',
      ({ seen }): TE.TaskEither<Fault, Kept> => (seen.config === undefined ? TE.right('float32') : keptAs(config)),
    ),
    TE.map(({ seen, storage }) => planned(config, seen, storage, backend)),
  )

/** A plan as lines, for a terminal. */
export const planLines = ({ phases, notes }: ConfigPlan): readonly string[] => {
  const rows = phases.map(({ name, does, seconds, bytes }) => [
    name,
    seconds < 60 ? '< 1 min' : `~ ${duration(seconds * 1000)}`,
    bytes === undefined ? '' : bytesInWords(bytes),
    does,
  ])
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0), 0))
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  return [
    ...notes.map(note => `  ${note}`),
    ...rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`),
    `  all together about ${duration(Math.max(1, total) * 1000)}: an estimate by stated rates, half or double of it is no surprise`,
  ]
}
