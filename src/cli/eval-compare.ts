import { resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { compareResults, resultsFile } from '../evaluation/index.ts'
import { exitCodes, failed, type Terminal } from '../run/index.ts'
import type { EvalFlags } from './eval-request.ts'
import { comparedText } from './eval-words.ts'

/** Compares two results, A by its flag and B by its place, and says what comes out. */
export const compareGiven = async (
  first: string,
  second: string,
  { seed = 1 }: EvalFlags,
  terminal: Terminal,
): Promise<number> => {
  const [a, b] = [await resultsFile(resolve(terminal.cwd, first)), await resultsFile(resolve(terminal.cwd, second))]
  const compared = await compareResults(a, b, { seed })()
  if (E.isLeft(compared)) return failed(compared.left, terminal)
  for (const line of comparedText(first, second, compared.right)) terminal.out(line)
  return exitCodes.done.code
}
