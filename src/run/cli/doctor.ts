import { either as E } from 'fp-ts'
import { exitCodes } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { scrubber } from '../secrets.ts'
import { oneLine } from '../status.ts'
import { backendFindings, decoderFindings, type Finding, keyFinding, nodeFinding, spaceFinding } from './checks.ts'
import type { Command, Terminal } from './command.ts'
import { copyFindings } from './copies.ts'
import { failed } from './failed.ts'
import { licenceFindings } from './licences.ts'
import { memoryFindings } from './memory.ts'

const flags = {}
const marks = { ok: 'ok', slow: 'slow', absent: '-', missing: 'MISSING' } as const

const examined = async (terminal: Terminal): Promise<readonly Finding[]> => {
  const { selectBackend } = await import('../../engine/tfjs/index.ts')
  const { foreignParts, nodeAv } = await import('../../media/index.ts')
  const backend = await selectBackend({ env: { ...terminal.env } })()
  return [
    nodeFinding(process.version),
    ...copyFindings(terminal.cwd),
    ...(E.isRight(backend)
      ? backendFindings(backend.right)
      : [{ name: 'tensors', state: 'missing', says: backend.left.cause, todo: backend.left.remedy } as const]),
    ...(await decoderFindings([nodeAv()])),
    keyFinding(terminal.env),
    await spaceFinding(terminal.cwd),
    ...memoryFindings(),
    ...licenceFindings(await foreignParts(terminal.env)()),
  ]
}

/** `kinograd doctor`: exit 0 when the main job can run. */
export const doctorCommand: Command = {
  name: 'doctor',
  does: 'says what is in use, what is missing and how to get it',
  positionals: [],
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, [], args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const findings = await examined(terminal)
    const { text } = scrubber(terminal.env)
    const width = Math.max(...findings.map(({ name }) => name.length))
    for (const { name, state, says, todo } of findings) {
      terminal.out(text(oneLine(`${marks[state].padEnd(7)}  ${name.padEnd(width)}  ${says}`)))
      if (todo !== undefined) terminal.out(text(oneLine(`${' '.repeat(9 + width)}  -> ${todo}`)))
    }
    const ready = findings.every(({ state }) => state !== 'missing')
    terminal.out(ready ? 'The main job can run: npm run videop2r' : 'The main job cannot run yet.')
    return ready ? exitCodes.done.code : exitCodes.environment.code
  },
}
