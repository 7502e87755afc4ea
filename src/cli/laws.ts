import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { fault, messageOf } from '../flow/index.ts'
import {
  asyncAdvantageLaws,
  type BrokenLaw,
  brokenAsyncLaws,
  brokenLawText,
  exactCases,
  type FamilyPromises,
  type Promises,
  subprocessNormaliser,
} from '../laws/index.ts'
import { type Command, exitCodes, failed, parseFlags, type Terminal } from '../run/index.ts'
import { headings } from './headings.ts'
import { lawFlags, promisesOf } from './law-flags.ts'

type Processes = readonly [string, ...string[]]

/** The text of a broken law, with the line that repeats it on the command line. */
const told = (broken: BrokenLaw, flags: readonly string[], command: readonly string[]): string => {
  const again = [...flags.filter((_, i) => flags[i] !== '--seed' && flags[i - 1] !== '--seed'), '--seed', broken.seed]
  const lines = brokenLawText(broken)
    .split('\n')
    .filter(line => !line.startsWith('again: '))
  return [...lines, `again: npx kinograd laws ${again.join(' ')} -- ${command.join(' ')}`].join('\n')
}

/** Writes cases for tests in other languages. */
const exported = async (file: string, promises: FamilyPromises, processes: Processes, seed: number, count: number) => {
  const cases = exactCases(promises, processes, { seed, count })
  const text = JSON.stringify({ promises, processes, seed, cases })
  await writeFile(file, `${text}\n`)
  return cases.length
}

/** Tries a program against laws, a line a law as it is known. */
const tried = async (
  command: Processes,
  { promises, processes }: { readonly promises: FamilyPromises | Promises; readonly processes: Processes },
  { runs, seed, seconds }: { readonly runs: number; readonly seed: number; readonly seconds: number },
  { out, cwd }: Terminal,
): Promise<readonly BrokenLaw[]> => {
  const normaliser = subprocessNormaliser<string>(command, { timeLimit: seconds * 1000, cwd })
  const laws = asyncAdvantageLaws(normaliser, promises, processes)
  const trial = { numRuns: runs, seed, timeLimit: 120_000 }
  try {
    return await brokenAsyncLaws(laws, trial, verdict => {
      if (verdict._tag === 'Kept') out(`holds   ${verdict.law}`)
      else if (verdict._tag === 'NotTried') out(`-       ${verdict.law}`)
      else out(`BROKEN  ${verdict.law}: ${verdict.reason}`)
    })
  } finally {
    normaliser.close()
  }
}

const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const at = args.indexOf('--')
  const [own, command] = at === -1 ? [args, []] : [args.slice(0, at), args.slice(at + 1)]
  const parsed = parseFlags(lawFlags, [], own)
  if (E.isLeft(parsed)) return failed(parsed.left, terminal)
  const { flags } = parsed.right
  const promised = promisesOf(flags)
  if (E.isLeft(promised)) return failed(promised.left, terminal)
  const { promises, processes } = promised.right
  const { runs = 100, seed = 1, seconds = 10 } = flags
  const [program, ...rest] = command
  if (program === undefined && flags.export === undefined)
    return failed(fault('Usage', 'there is no program to try', 'Write kinograd laws -- python adv.py.'), terminal)
  if (flags.export !== undefined) {
    if (!('family' in promises))
      return failed(fault('Usage', '--export needs a family', 'Its definition gives the exact answers.'), terminal)
    const file = resolve(terminal.cwd, flags.export)
    try {
      const count = await exported(file, promises, processes, seed, runs)
      terminal.out(`${count} cases with exact answers in ${flags.export}`)
    } catch (thrown) {
      const cause = messageOf(thrown)
      const remedy = thrown instanceof TypeError ? 'Change the flags.' : 'Give a file that can be written.'
      return failed(fault(thrown instanceof TypeError ? 'Usage' : 'NotWritten', cause, remedy), terminal)
    }
  }
  if (program === undefined) return exitCodes.done.code
  const broken = await tried([program, ...rest], promised.right, { runs, seed, seconds }, terminal)
  for (const one of broken) terminal.out(`\n${told(one, own, command)}`)
  return broken.length === 0 ? exitCodes.done.code : exitCodes.failed.code
}

/** The laws of advantages for a program in any language, over lines of JSON; see examples/python-laws. */
export const lawsCommand: Command = {
  ...headings.laws,
  flags: lawFlags,
  run,
}
