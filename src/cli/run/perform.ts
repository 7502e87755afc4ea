import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { selectBackend } from '../../engine/tfjs/index.ts'
import type { Fault } from '../../flow/index.ts'
import {
  type ConfigFault,
  type LoadedConfig,
  loadConfig,
  type Override,
  performRecipe,
  planConfig,
  planLines,
  policyTable,
  type RunSummary,
  readOverride,
  recipeOfConfig,
  roomForConfig,
  startBackend,
} from '../../recipe/index.ts'
import {
  exitCodes,
  interruptible,
  openStatus,
  requireMemory,
  type Status,
  type Terminal,
  tableText,
  whenClosed,
} from '../../run/index.ts'
import { told } from './told.ts'

/** A configuration with the settings of the command line. */
export const configured = (
  path: string,
  sets: readonly string[],
  { cwd }: Terminal,
): TE.TaskEither<Fault | ConfigFault, LoadedConfig> =>
  F.pipe(
    sets,
    E.traverseArray((text): E.Either<Fault, Override> => readOverride(text)),
    TE.fromEither,
    TE.flatMap(overrides => loadConfig(path, { cwd, overrides })),
  )

/** Whether a configuration computes with tensors. */
const learns = ({ settings: { sft, rl, evaluation } }: LoadedConfig): boolean => (sft ?? rl ?? evaluation) !== undefined

/** Says what a configuration would do. */
export const dryRun = async (config: LoadedConfig, shown: string, terminal: Terminal): Promise<number> => {
  const backend = await selectBackend(config.settings)()
  if (E.isLeft(backend)) return told(backend.left, terminal)
  const plan = await planConfig(config, backend.right.name)()
  if (E.isLeft(plan)) return told(plan.left, terminal)
  terminal.out(`${config.name}: what would be done on ${backend.right.name}; nothing is sent or written`)
  for (const line of planLines(plan.right)) terminal.out(line)
  terminal.out(`  results would go to ${shown}`)
  return exitCodes.done.code
}

/** Where a run goes and how it is continued. */
export interface Going {
  readonly directory: string
  /** The folder as the user knows it. */
  readonly shown: string
  readonly resume: boolean
  /** The command that continues it. */
  readonly again: string
}

/** Less ends a process in a dump of V8's: its heap, and the addresses that WebAssembly and TensorFlow reserve. */
const needed = { heap: 150 * 2 ** 20, addresses: 4 * 2 ** 30 }

/** A live line on a terminal; elsewhere lines, which go where the command's go. */
const statusOf = ({ out, env }: Terminal): Status =>
  openStatus(
    process.stdout.isTTY === true
      ? { write: text => void process.stdout.write(text), tty: true, columns: process.stdout.columns ?? 80, env }
      : { write: text => out(text.replace(/\n$/, '')), tty: false, env },
  )

const withoutTensors = { name: 'none', detail: 'no phase computes with tensors' }

/** What a run came to, as the end of its command's output. */
const endLines = ({ policies, runs, retention }: RunSummary, shown: string): readonly string[] => [
  ...(Object.keys(policies).length === 0 ? [] : [`\n${tableText(policyTable({ policies, runs }))}`]),
  ...(retention === undefined
    ? []
    : [
        `Chains: ${retention.annotated} written, ${retention.verified} with the right answer, ${retention.sufficient} kept.`,
      ]),
  `Everything lies in ${shown}: report.html (open it in a browser), summary.json, logs and checkpoints.`,
  `Try next: npx kinograd inspect ${shown} --why`,
]

/** Does what a configuration says. Resolves to the exit code. */
export const performed = async (
  config: LoadedConfig,
  { directory, shown, resume, again }: Going,
  terminal: Terminal,
): Promise<number> => {
  const memory = requireMemory(needed)
  if (E.isLeft(memory)) return told(memory.left, terminal)
  const say = (line: string): void => terminal.out(line)
  const { signal, dispose, quietly, quiet } = interruptible({ resumeWith: again, say: terminal.err })
  for (const stream of [process.stdout, process.stderr]) whenClosed(stream, quietly)
  const status = statusOf(terminal)
  const ended = await F.pipe(
    recipeOfConfig(config, { directory, env: terminal.env }),
    TE.bindTo('compiled'),
    TE.bindW('backend', () => (learns(config) ? startBackend(config.settings, say, signal) : TE.right(withoutTensors))),
    TE.tap(() => roomForConfig(config)),
    TE.flatMap(({ compiled: { recipe, decoder }, backend }) =>
      performRecipe(recipe, {
        ...{ resume, signal, status, say, backend: backend.name },
        notes: [`Tensors: ${backend.detail}`, `Video: ${decoder.name}, ${decoder.why}`, `Results: ${shown}`],
      }),
    ),
  )()
  status.close()
  dispose()
  if (quiet()) return exitCodes.interrupted.code
  if (E.isLeft(ended)) return told(ended.left, terminal)
  for (const line of endLines(ended.right, shown)) say(line)
  return exitCodes.done.code
}
