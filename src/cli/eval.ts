import { relative } from 'node:path'
import { either as E } from 'fp-ts'
import {
  type EvaluationSession,
  openEvaluation,
  openSpending,
  readPolicyName,
  type SpendingJournal,
} from '../evaluation/index.ts'
import { type Command, failed, parseFlags, type Terminal } from '../run/index.ts'
import { askingPolicy, type EvalAsked } from './eval-asking.ts'
import { compareGiven } from './eval-compare.ts'
import { concludeEval } from './eval-conclude.ts'
import { evalFlags } from './eval-flags.ts'
import { readEvalRequest } from './eval-request.ts'
import { watchingEval } from './eval-words.ts'
import { goingOn, stoppable } from './going-on.ts'
import { headings } from './headings.ts'
import { usualHeap } from './lean-heap.ts'

/** Evaluates with everything open; what it comes to is said. */
const evaluated = async (asked: EvalAsked, session: EvaluationSession, journal: SpendingJournal): Promise<number> => {
  const { terminal, again } = asked
  const interrupted = stoppable(terminal, again)
  const watch = watchingEval(terminal)
  const ended = await askingPolicy(
    asked,
    { session, journal },
    {
      signal: interrupted.signal,
      progress: ({ done, total, failed: lost, mean }) => watch.progress(done, total, lost, mean),
    },
  )()
  watch.close()
  try {
    if (E.isRight(ended)) return await concludeEval(asked, { session, journal }, ended.right)
  } finally {
    interrupted.dispose()
  }
  const name = relative(terminal.cwd, session.files.folder) || '.'
  terminal.out(`${session.journal.done()} questions are done, and kept in ${name}.`)
  const code = failed(ended.left, terminal)
  if (ended.left._tag !== 'Usage') terminal.err(`Go on with: ${again}`)
  return code
}

const live = async (asked: EvalAsked): Promise<number> => {
  const { flags, request, terminal } = asked
  const session = await openEvaluation({ out: request.out, settings: request.settings, resume: flags.resume })()
  if (E.isLeft(session)) return failed(session.left, terminal)
  try {
    const journal = await openSpending(session.right.files.spent, request.budget)()
    if (E.isLeft(journal)) return failed(journal.left, terminal)
    try {
      return await evaluated(asked, session.right, journal.right)
    } finally {
      await journal.right.close()
    }
  } finally {
    await session.right.close()
  }
}

const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const parsed = parseFlags(evalFlags, ['RECORDS'], args)
  if (E.isLeft(parsed)) return failed(parsed.left, terminal)
  const { flags, positionals } = parsed.right
  const [records = ''] = positionals
  if (flags.compare !== undefined) return compareGiven(flags.compare, records, flags, terminal)
  const request = await readEvalRequest(flags, records, terminal.cwd)()
  if (E.isLeft(request)) return failed(request.left, terminal)
  const policy = readPolicyName(request.right.policy)
  if (E.isRight(policy) && policy.right.kind === 'checkpoint') usualHeap()
  return live({ flags, request: request.right, terminal, again: goingOn('eval', args) })
}

/** `kinograd eval RECORDS`: a policy on a benchmark, or on any file of questions. */
export const evalCommand: Command = {
  ...headings.eval,
  flags: evalFlags,
  run,
}
