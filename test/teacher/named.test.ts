import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { orThrow } from 'kinograd/flow'
import { annotatorNamed, judgeNamed, teacherNamed } from 'kinograd/teacher'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apis, key } from './apis.ts'
import { closedAfterEach, fakeServer } from './fake-server.ts'

const serve = closedAfterEach()
const { signal } = new AbortController()
const question = { id: '7', problem: 'How many balls?', problemType: 'numerical', dataType: 'video' } as const
const record: VideoRecord = { ...question, options: [], answer: '3', path: 'a.mp4', source: '' }
const frames = { data: new Uint8Array(12), count: 1, height: 2, width: 2, times: [0] }

describe('a spelling', () => {
  test.each([
    ['', 'Usage', /"" is no teacher/],
    ['gpt', 'Usage', /"gpt" is no teacher/],
    ['claude:', 'Usage', /names no model/],
    ['claude', 'Usage', /names no model/],
    ['openai:http://127.0.0.1:8000/v1', 'Usage', /no #MODEL/],
    ['openai:http://127.0.0.1:8000/v1#', 'Usage', /no #MODEL/],
    ['openai:127.0.0.1:8000#m', 'Usage', /does not begin with http/],
    ['openai:http://me:secret@127.0.0.1#m', 'Usage', /holds a user or a password/],
    ['scripted:', 'Usage', /names no file/],
    ['scripted', 'Usage', /knows records only/],
    ['claude:m', 'NoKey', /ANTHROPIC_API_KEY is not set/],
  ])('%j that names nobody is told in one sentence', (text, tag, cause) => {
    const named = teacherNamed(text, { env: {} })
    expect(named).toMatchObject({ left: { _tag: tag, cause: expect.stringMatching(cause) } })
    expect(JSON.stringify(named)).not.toContain('secret')
  })

  test.each(apis)('of $name reaches its server with the key of the environment', async ({ name, answer, path }) => {
    const server = await serve(fakeServer({ body: answer('three') }))
    const text = name === 'claude' ? 'claude:m' : `openai:${server.url}/v1#m`
    const env = { ANTHROPIC_API_KEY: `"${key}"\n`, ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: `${key}\n` }
    const told = await orThrow(teacherNamed(text, { env, maxRetries: 0 })).ask({ prompt: 'How many?' }, signal)()
    expect(told).toMatchObject({ right: { text: 'three' } })
    expect(server.seen.map(seen => seen.path)).toEqual([path])
    const { headers } = server.seen[0]!
    expect(headers['x-api-key'] ?? headers.authorization).toMatch(new RegExp(`^(Bearer )?${key}$`))
  })

  test('may name the variable of the key, which must then be there', () => {
    const named = teacherNamed('openai:http://127.0.0.1:1/v1#m', { env: { OTHER: 'x' }, keyVariable: 'MINE' })
    expect(named).toMatchObject({ left: { _tag: 'NoKey', cause: 'MINE is to hold the key and is not set' } })
  })

  test('with settings that no request can have is a usage fault', () =>
    expect(teacherNamed('openai:http://127.0.0.1:1/v1#m', { env: {}, temperature: 9 })).toMatchObject({
      left: { _tag: 'Usage', cause: 'temperature is 9' },
    }))
})

describe('a script', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'script-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const written = async (...lines: readonly unknown[]) => {
    const path = join(folder, 'script.jsonl')
    await writeFile(path, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    return `scripted:${path}`
  }

  test('gives each record its chain, and refuses the others', async () => {
    const named = orThrow(
      await annotatorNamed(await written({ id: 7, output: 'a' }, { problem_id: '8', output: 'b' }))(),
    )
    const chains = ['7', '8', '9'].map(id =>
      named.annotate({ record: { ...record, id }, prompt: '', frames }, signal)(),
    )
    expect(await Promise.all(chains)).toMatchObject([{ right: 'a' }, { right: 'b' }, { left: { _tag: 'Refused' } }])
  })

  test('gives verdicts by record, and by observation where one is named', async () => {
    const lines = [
      { id: '7', sufficient: 'No' },
      { id: '7', observation: '3 balls', sufficient: true, reason: 'it counts' },
    ]
    const named = orThrow(await judgeNamed(await written(...lines))())
    const judged = ['3 balls', 'fog'].map(observation => named.judge({ record, observation }, signal)())
    expect(await Promise.all(judged)).toEqual([
      E.right({ sufficient: true, reason: 'it counts' }),
      E.right({ sufficient: false }),
    ])
  })

  test('with a line that is none is told with its place', async () => {
    const named = await annotatorNamed(await written({ id: 7, output: 'a' }, { id: 8 }))()
    expect(named).toMatchObject({ left: { _tag: 'BadScript', cause: expect.stringContaining('line 2') } })
  })

  test('that is not there is told', async () =>
    expect(await judgeNamed(`scripted:${folder}/none.jsonl`)()).toMatchObject({ left: { _tag: 'NoFile' } }))

  test.each([
    ['3 balls', record, true],
    ['13 balls', record, false],
    ['The ball is red.', { ...record, answer: 'B', options: ['A. blue', 'B. red'] }, true],
    ['The ball is blue.', { ...record, answer: 'B', options: ['A. blue', 'B. red'] }, false],
  ])('of no file finds %j enough where it holds the answer', async (observation, asked, sufficient) => {
    const named = orThrow(await judgeNamed('scripted')())
    expect(await named.judge({ record: asked, observation }, signal)()).toEqual(E.right({ sufficient }))
  })
})
