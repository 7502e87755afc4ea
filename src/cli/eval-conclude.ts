import { relative } from 'node:path'
import { either as E } from 'fp-ts'
import { benchmarks, type Evaluated } from '../evaluation/index.ts'
import { exitCodes, failed, writeWhole } from '../run/index.ts'
import { type EvalAsked, type EvalOpened, judgeOf } from './eval-asking.ts'
import { diagnose } from './eval-diagnose.ts'
import { quirksText, scoresTable, scoresText, tableLines } from './eval-words.ts'

/** Diagnoses the outputs, writes the summary and says what it came to; gives the exit code. */
export const concludeEval = async (
  asked: EvalAsked,
  opened: EvalOpened,
  { total, scores, wrong }: Evaluated,
): Promise<number> => {
  const { flags, request, terminal } = asked
  const { files } = opened.session
  const judge = judgeOf(asked, opened)
  if (E.isLeft(judge)) return failed(judge.left, terminal)
  const diagnosis = await diagnose(files.results, {
    ...{ prompt: request.prompt, seed: flags.seed ?? 1, judge: judge.right, inFlight: flags['in-flight'] ?? 8 },
  })
  const quirks = quirksText(benchmarks.filter(({ title }) => scores.benchmarks.includes(title)))
  const spent = opened.journal.spent()
  const summary = {
    policy: request.policy,
    records: total,
    quirks,
    scores,
    ...diagnosis,
    spent,
    settings: request.settings,
  }
  const written = await writeWhole(files.summary, `${JSON.stringify(summary, null, 2)}\n`)()
  if (E.isLeft(written)) return failed(written.left, terminal)
  for (const line of quirks) terminal.out(line)
  for (const line of tableLines(scoresTable(scores))) terminal.out(line)
  for (const line of scoresText(scores, total, diagnosis)) terminal.out(line)
  const name = (path: string) => relative(terminal.cwd, path)
  terminal.out(`Results: ${name(files.results)}, ${name(files.summary)}`)
  if (spent.answers + spent.lost > 0 && spent.dollars !== undefined && spent.dollars > 0)
    terminal.out(`Billed: ${spent.answers} answers, $${spent.dollars.toFixed(4)} by the price list.`)
  return wrong === undefined ? exitCodes.done.code : failed(wrong, terminal)
}
