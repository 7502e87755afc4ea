import { relative } from 'node:path'
import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import {
  type AnnotationTally,
  checkTeachers,
  estimateAnnotation,
  openAnnotation,
  openSpending,
  pricedName,
  together,
} from '../recipe/index.ts'
import { type Command, exitCodes, failed, parseFlags, type Terminal } from '../run/index.ts'
import { estimateText, type Spent } from '../teacher/index.ts'
import { type Asked, asking, lookOf, namedTeachers, type Opened } from './annotate-asking.ts'
import { annotateFlags } from './annotate-flags.ts'
import { readRequest } from './annotate-request.ts'
import { concluded, stoppedText, watching } from './annotate-words.ts'
import { goingOn, stoppable } from './going-on.ts'
import { headings } from './headings.ts'

const dryRun = async (asked: Asked): Promise<number> => {
  const { flags, request, terminal } = asked
  const look = await lookOf(asked)()
  if (E.isLeft(look)) return failed(look.left, terminal)
  const [teacher, judge] = [pricedName(request.teacher), pricedName(request.judge)]
  if (E.isLeft(teacher)) return failed(teacher.left, terminal)
  if (E.isLeft(judge)) return failed(judge.left, terminal)
  const found = await estimateAnnotation({
    ...look.right,
    ...(request.prompt === undefined ? {} : { prompt: request.prompt }),
    ...{ records: request.records, limit: flags.limit, sample: flags.sample, seed: flags.seed },
    ...{ teacher: teacher.right, judge: judge.right, votes: flags.votes ?? 1, batch: flags.batch },
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
const annotated = async (asked: Asked, opened: Opened): Promise<number> => {
  const { terminal, again } = asked
  const { session, journal, batches } = opened
  const interrupted = stoppable(terminal, again)
  const watch = watching(terminal)
  const spent = () => together(journal.spent(), batches)
  let last: AnnotationTally | undefined
  const ended = await asking(asked, opened, {
    ...{ signal: interrupted.signal, watch },
    progress: (tally, total) => {
      last = tally
      watch.progress(tally, total, spent())
    },
  })()
  watch.close()
  interrupted.dispose()
  const names = (path: string) => relative(terminal.cwd, path) || path
  if (E.isRight(ended)) return concluded(ended.right, session.files, spent(), names, terminal)
  for (const line of stoppedText(last, session.files, spent(), names)) terminal.out(line)
  const code = failed(ended.left, terminal)
  if (ended.left._tag !== 'Usage') terminal.err(`Go on with: ${again}`)
  return code
}

const live = async (asked: Asked): Promise<number> => {
  const { flags, request, terminal } = asked
  const { out, settings, budget } = request
  const checked = checkTeachers(namedTeachers(asked))
  if (E.isLeft(checked)) return failed(checked.left, terminal)
  const session = await openAnnotation({ out, settings, resume: flags.resume, again: flags.again })()
  if (E.isLeft(session)) return failed(session.left, terminal)
  try {
    const batches: Spent[] = []
    const elsewhere = () => batches.reduce((sum, { dollars = 0 }) => sum + dollars, 0)
    const journal = await openSpending(session.right.files.spent, budget, elsewhere)()
    if (E.isLeft(journal)) return failed(journal.left, terminal)
    try {
      return await annotated(asked, { session: session.right, journal: journal.right, batches })
    } finally {
      await journal.right.close()
    }
  } finally {
    await session.right.close()
  }
}

const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const parsed = parseFlags(annotateFlags, ['RECORDS'], args)
  if (E.isLeft(parsed)) return failed(parsed.left, terminal)
  const { flags, positionals } = parsed.right
  if (flags.resume && flags.again)
    return failed(fault('Usage', '--resume and --again are both given', 'Give one of them.'), terminal)
  const request = await readRequest(flags, positionals[0] ?? '', terminal.cwd)()
  if (E.isLeft(request)) return failed(request.left, terminal)
  const asked = { flags, request: request.right, terminal, again: goingOn('annotate', args, ['--resume', '--again']) }
  return flags['dry-run'] ? dryRun(asked) : live(asked)
}

/** `kinograd annotate RECORDS`: a teacher writes chains of thought, a verifier and a judge sort out. */
export const annotateCommand: Command = {
  ...headings.annotate,
  flags: annotateFlags,
  run,
}
