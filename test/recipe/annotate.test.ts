import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { either as E } from 'fp-ts'
import { readCot } from 'kinograd/dataset'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { annotateCommand } from '../../src/cli/annotate.ts'
import { closedAfterEach } from '../teacher/fake-server.ts'
import { annotatingServer, moodOf, writeMedia, writeQuestions } from './annotate-world.ts'

const serve = closedAfterEach()
let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'annotate-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Runs the command in the folder; gives its code and what it said. */
const kinograd = async (...args: readonly string[]) => {
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const code = await annotateCommand.run(args, { out: say, err: say, env: {}, cwd: root })
  return { code, said: said.join('\n') }
}
const lines = async (name: string) =>
  (await readFile(join(root, name), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line): Record<string, unknown> => JSON.parse(line))

describe('a folder of 12 clips and 3 pictures', () => {
  const size = { count: 15, clips: 12, pictures: 3 }
  const good = Array.from({ length: 15 }, (_, n) => n).filter(n => moodOf(n) === 'good')

  test('becomes chains, failures with reasons, judgements, parts and tables', async () => {
    await writeMedia(root, 12, 3)
    await writeQuestions(join(root, 'questions.jsonl'), size)
    const server = await serve(annotatingServer())
    const named = `openai:${server.url}/v1#m`
    const args = ['questions.jsonl', '--teacher', named, '--judge', named, '--out', 'cot.jsonl']
    const { code, said } = await kinograd(...args)
    expect(code).toBe(0)
    const chains = await lines('cot.jsonl')
    expect(chains.map(({ problem_id }) => Number(problem_id))).toEqual(good)
    expect(chains[0]).toMatchObject({
      mark: 0,
      annotator: 'openai-compatible:m',
      reward: 1,
      observation: 'I see 1 boxes.',
    })
    expect((await lines('cot.failures.jsonl')).map(({ id, tag, ending }) => [id, tag, ending])).toEqual([
      ['4', 'WrongAnswer', 'rejected'],
      ['6', 'OffTemplate', 'rejected'],
      ['7', 'Insufficient', 'rejected'],
      ['13', 'WrongAnswer', 'rejected'],
    ])
    expect((await lines('cot.judgements.jsonl')).map(({ id, verdicts }) => [id, verdicts])).toContainEqual([
      '7',
      { 'openai-compatible:m': false },
    ])
    const part: unknown = JSON.parse(gunzipSync(await readFile(join(root, 'cot.part1of1.json.gz'))).toString())
    expect(part).toEqual(chains)
    for await (const read of readCot(join(root, 'cot.jsonl'))) expect(E.isRight(read)).toBe(true)
    expect(said).toContain('Video')
    expect(server.seen.length).toBe(15 + 12)
    expect(await readdir(root)).toHaveLength(8)
  }, 180_000)
})
