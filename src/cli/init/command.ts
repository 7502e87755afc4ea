import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { either as E } from 'fp-ts'
import { codeOf, type Fault, fault, messageOf } from '../../flow/index.ts'
import { type Command, exitCodes, failed, parseFlags } from '../../run/index.ts'
import { headings } from '../headings.ts'
import { writeClips } from './clips.ts'
import { questionFiles } from './questions.ts'
import { configText, readmeText } from './texts.ts'

const flags = {}

/** Whether a folder may be written: it is empty, or not there. Nothing is ever put beside what somebody has. */
const isFree = async (folder: string, shown: string): Promise<E.Either<Fault, void>> => {
  try {
    const names = await readdir(folder)
    return names.length === 0
      ? E.right(undefined)
      : E.left(
          fault(
            'NotEmpty',
            `${shown} is not empty: it holds ${names.sort().slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
            'Name a folder that is empty or not there yet.',
          ),
        )
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return E.right(undefined)
    const cause = codeOf(error) === 'ENOTDIR' ? `${shown} is a file` : `${shown} cannot be read: ${messageOf(error)}`
    return E.left(fault('CannotWrite', cause, 'Name a folder that is empty or not there yet.'))
  }
}

/** A path as a shell reads it. */
const quoted = (path: string): string => (/^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

const written = async (folder: string, shown: string): Promise<E.Either<Fault, void>> => {
  const free = await isFree(folder, shown)
  if (E.isLeft(free)) return free
  const { questions, chains } = questionFiles()
  try {
    await mkdir(folder, { recursive: true })
    const clips = await writeClips(folder)
    if (E.isLeft(clips)) return clips
    await writeFile(join(folder, 'questions.jsonl'), questions)
    await writeFile(join(folder, 'chains.jsonl'), chains)
    await writeFile(join(folder, 'README.md'), readmeText(quoted(shown)))
    await writeFile(join(folder, 'config.yaml'), configText)
    return E.right(undefined)
  } catch (error) {
    return E.left(
      fault('CannotWrite', `${shown} cannot be written: ${messageOf(error)}`, 'Check the folder and its permissions.'),
    )
  }
}

/** `kinograd init DIR`. */
export const initCommand: Command = {
  ...headings.init,
  flags,
  run: async (args, terminal) => {
    const parsed = parseFlags(flags, headings.init.positionals, args)
    if (E.isLeft(parsed)) return failed(parsed.left, terminal)
    const [shown = ''] = parsed.right.positionals
    const done = await written(resolve(terminal.cwd, shown), shown)
    if (E.isLeft(done)) return failed(done.left, terminal)
    const folder = quoted(shown.replace(/\/+$/, ''))
    terminal.out(`${shown} holds config.yaml, 3 clips, 12 questions and a README.md. Next:`)
    terminal.out(`  npx kinograd run ${folder}/config.yaml`)
    return exitCodes.done.code
  },
}
