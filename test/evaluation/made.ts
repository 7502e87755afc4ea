import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { orThrow } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import { evalCommand } from '../../src/cli/eval.ts'

/** A row of a file of questions, as Video-R1 writes it. */
export interface Row {
  readonly [field: string]: unknown
}

export const choiceRow = (id: number, more: Row = {}): Row => ({
  problem_id: id,
  problem: `What does clip ${id} show?`,
  data_type: 'video',
  problem_type: 'multiple choice',
  options: ['A. a box', 'B. a ball', 'C. a cone', 'D. nothing'],
  solution: '<answer>B</answer>',
  path: './clips/0.mp4',
  data_source: 'made',
  ...more,
})

/** A folder with one small clip and files of JSON. */
export const workplace = async (
  files: Readonly<Record<string, unknown>>,
  clips: readonly string[] = ['clips/0.mp4'],
) => {
  const root = await mkdtemp(join(tmpdir(), 'eval-'))
  const grey = (level: number) => new Uint8Array(32 * 32 * 3).fill(level)
  for (const clip of clips) {
    await mkdir(dirname(join(root, clip)), { recursive: true })
    const frames = [20, 40, 60, 80].map(grey)
    orThrow(await encodeVideo(join(root, clip), frames, { width: 32, height: 32, fps: 4 })())
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}

/** Lines of a script: what is answered to which question. */
export const script = (answers: Readonly<Record<string, string>>): string =>
  Object.entries(answers)
    .map(([id, output]) => `${JSON.stringify({ id, output })}\n`)
    .join('')

/** Runs the command in a folder; gives its code and what it said. */
export const kinogradEval =
  (cwd: string) =>
  async (...args: readonly string[]) => {
    const said: string[] = []
    const say = (line: string) => void said.push(line)
    const code = await evalCommand.run(args, { out: say, err: say, env: {}, cwd })
    return { code, said: said.join('\n') }
  }

/** The results of a folder. */
export const resultsIn = async (
  folder: string,
): Promise<{
  readonly results: readonly Row[]
  readonly final_acc: readonly Row[]
  readonly failed: readonly Row[]
}> => JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'))
