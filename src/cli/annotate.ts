import { relative } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { findDecoder, uniform } from '../media/index.ts'
import {
  type AnnotationSession,
  annotateRecords,
  estimateAnnotation,
  openAnnotation,
  openSpending,
  openTeachers,
  pricedName,
  type SpendingJournal,
  type Tally,
} from '../recipe/index.ts'
import { type Command, exitCodes, failed, type Given, interruptible, parseFlags, type Terminal } from '../run/index.ts'
import { estimateText } from '../teacher/index.ts'
import { annotateFlags } from './annotate-flags.ts'
import { type AnnotateRequest, readRequest } from './annotate-request.ts'
import { concluded, stoppedText, watching } from './annotate-words.ts'

type AnnotateFlags = Given<typeof annotateFlags>

interface Asked {
  readonly flags: AnnotateFlags
  readonly request: AnnotateRequest
  readonly terminal: Terminal
  /** The command that goes on. */
  readonly again: string
}

const lookOf = async ({ flags, request }: Asked) => {
  const decoder = await findDecoder()()
  return E.map(({ decoder: found }: { readonly decoder: Parameters<typeof annotateRecords>[0]['decoder'] }) => ({
    decoder: found,
    root: request.root,
    frames: uniform(flags.frames ?? 16, { atMost: true }),
    pixels: flags.pixels ?? 200_704,
  }))(decoder)
}

const dryRun = async (asked: Asked): Promise<number> => {
  const { flags, request, terminal } = asked
  const look = await lookOf(asked)
  if (E.isLeft(look)) return failed(look.left, terminal)
  const [teacher, judge] = [pricedName(request.teacher), pricedName(request.judge)]
  if (E.isLeft(teacher)) return failed(teacher.left, terminal)
  if (E.isLeft(judge)) return failed(judge.left, terminal)
  const found = await estimateAnnotation({
    ...look.right,
    ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    ...{ records: request.records, limit: flags.limit, sample: flags.sample, seed: flags.seed },
    ...{ teacher: teacher.right, judge: judge.right, votes: flags.votes ?? 1, batch: false },
    ...{ prices: request.prices, maxTokens: flags['max-tokens'] },
  })()
  if (E.isLeft(found)) return failed(found.left, terminal)
  const { total, unreadable, estimates, failed: wrong } = found.right
  terminal.out(`${total} records${unreadable === 0 ? '' : `, ${unreadable} of all cannot be read`}; nothing was asked.`)
  for (const one of wrong) terminal.out(`cannot be seen: ${one.cause}`)
  if (estimates.length === 0) terminal.out('Scripts ask nobody: it costs nothing.')
  else for (const line of estimateText(estimates).split('\n')) terminal.out(line)
  return exitCodes.done.code
}

/** Annotates with everything open; what it comes to is said. */
const annotated = async (asked: Asked, session: AnnotationSession, journal: SpendingJournal): Promise<number> => {
  const { flags, request, terminal, again } = asked
  const { teacher, judge, prices, budget } = request
  const teachers = await openTeachers(
    {
      ...{ teacher, judge, prices, budget, env: terminal.env, votes: flags.votes ?? 1, structured: !flags.plain },
      ...{ teacherKey: flags['teacher-key'], judgeKey: flags['judge-key'], rate: flags.rate },
      ...{ maxTokens: flags['max-tokens'], timeoutMs: flags.timeout === undefined ? undefined : 1000 * flags.timeout },
      form: form =>
        terminal.out(
          form === 'structured'
            ? 'The judge answers in the form of a JSON schema.'
            : 'The judge answers in words: its server takes no schema.',
        ),
    },
    session.files,
    journal,
  )()
  if (E.isLeft(teachers)) return failed(teachers.left, terminal)
  const look = await lookOf(asked)
  if (E.isLeft(look)) return failed(look.left, terminal)
  const interrupted = interruptible({
    resumeWith: again,
    say: () =>
      terminal.err(
        `Stopping: questions under way are waited for and kept. Go on with: ${again}  (Ctrl-C again leaves at once.)`,
      ),
  })
  const watch = watching(terminal)
  let last: Tally | undefined
  const ended = await annotateRecords({
    ...look.right,
    ...teachers.right,
    ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    ...{ session, records: request.records, limit: flags.limit, sample: flags.sample, seed: flags.seed },
    ...{ threshold: flags.threshold ?? 0.6, inFlight: flags['in-flight'] ?? 8, tolerate: flags.tolerate ?? 0.05 },
    signal: interrupted.signal,
    progress: (tally, total) => {
      last = tally
      watch.progress(tally, total, journal.spent())
    },
  })()
  watch.close()
  interrupted.dispose()
  const names = (path: string) => relative(terminal.cwd, path) || path
  if (E.isRight(ended)) return concluded(ended.right, session.files, journal.spent(), names, terminal)
  for (const line of stoppedText(last, session.files, journal.spent(), names)) terminal.out(line)
  const code = failed(ended.left, terminal)
  if (ended.left._tag !== 'Usage') terminal.err(`Go on with: ${again}`)
  return code
}

const live = async (asked: Asked): Promise<number> => {
  const { flags, request, terminal } = asked
  const { out, settings, budget } = request
  const session = await openAnnotation({ out, settings, resume: flags.resume, again: flags.again })()
  if (E.isLeft(session)) return failed(session.left, terminal)
  try {
    const journal = await openSpending(session.right.files.spent, budget)()
    if (E.isLeft(journal)) return failed(journal.left, terminal)
    try {
      return await annotated(asked, session.right, journal.right)
    } finally {
      await journal.right.close()
    }
  } finally {
    await session.right.close()
  }
}

const spelled = (args: readonly string[]): string => {
  const words = args.filter(word => word !== '--resume' && word !== '--again')
  const quoted = words.map(word => (/^[\w@%+=:,./#-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
  return ['kinograd', 'annotate', ...quoted, '--resume'].join(' ')
}

const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const parsed = parseFlags(annotateFlags, ['RECORDS'], args)
  if (E.isLeft(parsed)) return failed(parsed.left, terminal)
  const { flags, positionals } = parsed.right
  if (flags.resume && flags.again)
    return failed(fault('Usage', '--resume and --again are both given', 'Give one of them.'), terminal)
  const request = await readRequest(flags, positionals[0] ?? '', terminal.cwd)()
  if (E.isLeft(request)) return failed(request.left, terminal)
  const asked = { flags, request: request.right, terminal, again: spelled(args) }
  return flags['dry-run'] ? dryRun(asked) : live(asked)
}

/** `kinograd annotate RECORDS`: a teacher writes chains of thought, a verifier and a judge sort out. */
export const annotateCommand: Command = {
  name: 'annotate',
  does: 'makes chains of thought of questions: generates, verifies, judges; resumable',
  positionals: ['RECORDS'],
  flags: annotateFlags,
  run,
}
