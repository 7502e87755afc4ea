import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answeringServer, closedAfterEach, fakeServer } from '../teacher/fake-server.ts'
import { choiceRow, kinogradEval, resultsIn, script, workplace } from './made.ts'

const serve = closedAfterEach()
const completion = (content: string) => ({
  body: {
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 100, completion_tokens: 20 },
  },
})
const right = '<think>It is round, so the answer is B.</think><answer>B</answer>'
const wrong = '<think>It is round, so the answer is B.</think><answer>A</answer>'

describe('kinograd eval', () => {
  test('writes results in the layout of Video-R1, figures, and what failed with its reason', async () => {
    const rows = [1, 2, 3, 4].map(id => choiceRow(id))
    const broken = [
      choiceRow(2),
      choiceRow(6, { problem_type: 'essay' }),
      choiceRow(7, { solution: '<answer>E</answer>' }),
      choiceRow(8, { path: './clips/gone.mp4' }),
    ]
    const answers = script({ 1: right, 2: wrong, 3: '<answer>G</answer>', 8: right })
    const root = await workplace({ 'q.json': [...rows, ...broken], 'answers.jsonl': answers })
    const { code, said } = await kinogradEval(root)(
      'q.json',
      '--policy',
      'scripted:answers.jsonl',
      '--out',
      'out',
      '--tolerate',
      '1',
    )
    expect(code, said).toBe(0)
    const { results, final_acc, failed } = await resultsIn(join(root, 'out'))
    expect(results).toHaveLength(3)
    expect(results[0]).toEqual({
      ...choiceRow(1),
      ...{ output: right, prediction: 'B', reward: 1, correct: true, read: 'tags' },
      process: '<think>It is round, so the answer is B.</think>',
    })
    expect(final_acc).toEqual([{ mean_acc: 1 / 3, mean_mra: 0 }])
    expect(failed.map(({ problem_id, stage, tag }) => [problem_id, stage, tag])).toEqual([
      [4, 'policy', 'Refused'],
      ['#4', 'read', 'DuplicateId'],
      ['#5', 'read', 'BadRecord'],
      ['#6', 'read', 'BadOptions'],
      [8, 'decode', 'NotFound'],
    ])
    for (const { cause, remedy } of failed) expect(String(cause).length * String(remedy).length).toBeGreaterThan(0)
    expect(failed[2]?.cause).toContain('essay')
    const summary = JSON.parse(await readFile(join(root, 'out', 'summary.json'), 'utf8'))
    expect(summary.scores).toMatchObject({ answered: 3, failed: 5, outside: 1, accuracy: { of: 3 } })
    // The thinking of the first and the second settles on B; the third has none.
    expect(summary.mismatch).toMatchObject({ yes: 1, of: 2, failed: 1, reasons: { NoThinking: 1 } })
    expect(summary.adherence).toMatchObject({ yes: 2, of: 3 })
    expect(said).toContain('3 of 8 answered, 5 failed')
  })

  test('ends with 5 where more failed than may, and with all results', async () => {
    const root = await workplace({
      'q.json': [1, 2, 3, 4].map(id => choiceRow(id)),
      'answers.jsonl': script({ 1: right }),
    })
    const { code, said } = await kinogradEval(root)('q.json', '--policy', 'scripted:answers.jsonl', '--out', 'out')
    expect(code).toBe(5)
    expect(said).toContain('3 of 4 questions failed (Refused 3)')
    expect((await resultsIn(join(root, 'out'))).results).toHaveLength(1)
  })

  test('refuses words that mean nothing, each in a sentence', async () => {
    const root = await workplace({ 'q.json': [choiceRow(1)], 'answers.jsonl': script({ 1: right }) })
    const run = kinogradEval(root)
    const asked = ['q.json', '--out', 'out', '--policy', 'scripted:answers.jsonl']
    const said = async (...args: readonly string[]) => {
      const ended = await run(...args)
      return `${ended.code} ${ended.said}`
    }
    expect(await said('q.json', '--out', 'out')).toContain('2 ')
    expect(await said('q.json', '--out', 'out')).toContain('--policy is missing')
    expect(await said('q.json', '--out', 'out', '--policy', 'scripted')).toContain('names no file of answers')
    expect(await said('q.json', '--out', 'out', '--policy', 'openai:here')).toContain('--policy:')
    expect(await said(...asked, '--format', 'mvbensch')).toContain('there is no format')
    expect(await said(...asked, '--letter', 'poem')).toContain('--letter is poem')
    expect(await said(...asked, '--temperature', 'warm')).toContain('--temperature is warm')
    expect(await said(...asked, '--judge', 'scripted')).toContain('--judge names a script')
    expect(await said('gone.json', '--out', 'out', '--policy', 'scripted:answers.jsonl')).toContain('cannot be opened')
    expect(await said('q.json', '--out', 'out', '--policy', 'scripted:gone.jsonl')).toContain('gone.jsonl')
    expect(await said('q.json', '--out', 'out', '--policy', 'no/such/checkpoint', '--blind')).toContain(
      'no/such/checkpoint',
    )
    expect(await said(...asked, '--root', 'gone')).toContain('cannot be opened')
  })

  test('asks a server with 32 frames and the prompt of the type, the sampling of the paper unless told', async () => {
    const root = await workplace({ 'q.json': [choiceRow(1)] })
    const server = await serve(fakeServer(completion(right)))
    const policy = `openai:${server.url}/v1#m`
    expect((await kinogradEval(root)('q.json', '--policy', policy, '--out', 'a')).code).toBe(0)
    expect(
      (
        await kinogradEval(root)(
          'q.json',
          '--policy',
          policy,
          '--out',
          'b',
          '--blind',
          '--temperature',
          '0.1',
          '--top-p',
          'none',
        )
      ).code,
    ).toBe(0)
    const [first, second] = server.seen.map(({ body }) => body)
    expect(first).toMatchObject({ temperature: 0.01, top_p: 0.001, max_tokens: 1024 })
    expect(JSON.stringify(first).match(/image_url"/g)?.length).toBeGreaterThanOrEqual(4)
    expect(JSON.stringify(first)).toContain('only the single option letter')
    expect(second).toMatchObject({ temperature: 0.1 })
    expect(second).not.toHaveProperty('top_p')
    expect(JSON.stringify(second)).not.toContain('image_url')
  })

  test('stops where a server cuts off, and goes on asking only what was lost', async () => {
    const rows = Array.from({ length: 30 }, (_, id) => choiceRow(id + 1))
    const root = await workplace({ 'q.json': rows })
    let gone = true
    const idOf = (body: unknown) => Number(/What does clip (\d+) show/.exec(JSON.stringify(body))?.[1])
    const answered: number[] = []
    const server = await serve(
      answeringServer(({ body }) => {
        const id = idOf(body)
        if (gone && id > 10)
          return { status: 400, body: { error: { message: 'Your credit balance is too low', type: 'billing_error' } } }
        answered.push(id)
        return completion(right)
      }),
    )
    const args = ['q.json', '--policy', `openai:${server.url}/v1#m`, '--out', 'out', '--in-flight', '2', '--blind']
    const first = await kinogradEval(root)(...args)
    expect(first.code, first.said).not.toBe(0)
    expect(first.said).toContain('Go on with: kinograd eval q.json')
    gone = false
    const second = await kinogradEval(root)(...args, '--resume')
    expect(second.code, second.said).toBe(0)
    expect((await resultsIn(join(root, 'out'))).results).toHaveLength(30)
    expect(new Set(answered).size).toBe(answered.length)
    // Once more asks nobody.
    expect((await kinogradEval(root)(...args, '--resume')).code).toBe(0)
    expect(answered).toHaveLength(30)
    const other = await kinogradEval(root)(...args, '--resume', '--frames', '8')
    expect(other.said).toContain('frames was 32 and is 8')
    expect((await kinogradEval(root)(...args)).said).toContain('--resume')
  })

  test('tries again what failed before anybody was asked', async () => {
    const root = await workplace({
      'q.json': [choiceRow(1), choiceRow(2, { path: './clips/late.mp4' })],
      'answers.jsonl': script({ 1: right, 2: right }),
    })
    const args = ['q.json', '--policy', 'scripted:answers.jsonl', '--out', 'out']
    expect((await kinogradEval(root)(...args)).code).toBe(0)
    expect((await resultsIn(join(root, 'out'))).failed).toHaveLength(1)
    await writeFile(join(root, 'clips/late.mp4'), await readFile(join(root, 'clips/0.mp4')))
    expect((await kinogradEval(root)(...args, '--resume')).code).toBe(0)
    expect((await resultsIn(join(root, 'out'))).results).toHaveLength(2)
  })

  test('examines perception: another’s observations go into the questions', async () => {
    const seen = '<observation>A round ball.</observation><think>So B.</think><answer>B</answer>'
    const root = await workplace({
      'q.json': [choiceRow(1), choiceRow(2)],
      'answers.jsonl': script({ 1: seen, 2: right }),
    })
    const run = kinogradEval(root)
    expect((await run('q.json', '--policy', 'scripted:answers.jsonl', '--out', 'a', '--prompt', 'videop2r')).code).toBe(
      0,
    )
    const server = await serve(fakeServer(completion(right)))
    const examined = await run(
      'q.json',
      '--policy',
      `openai:${server.url}/v1#m`,
      '--out',
      'b',
      '--observations',
      'a',
      '--blind',
    )
    expect(examined.code, examined.said).toBe(0)
    const [{ body } = { body: {} }] = server.seen
    expect(JSON.stringify(body)).toContain('instead of raw visual content')
    expect(JSON.stringify(body)).toContain('A round ball.')
    expect((await resultsIn(join(root, 'b'))).failed.map(({ tag }) => tag)).toEqual(['NoObservation'])
  })
})

describe('kinograd eval --compare', () => {
  const answers = (letters: string) =>
    script(Object.fromEntries([...letters].map((letter, at) => [at + 1, `<answer>${letter}</answer>`])))
  test('says the difference with its interval, and refuses different questions by name', async () => {
    const rows = Array.from({ length: 12 }, (_, at) => choiceRow(at + 1))
    const root = await workplace({
      ...{
        'q.json': rows,
        'less.json': rows.slice(0, 10),
        'other.json': [choiceRow(1, { problem: 'Another?' }), ...rows.slice(1)],
      },
      ...{ 'a.jsonl': answers('BAAAAAAAAABB'), 'b.jsonl': answers('BBBBBBBBBBB') },
    })
    const run = kinogradEval(root)
    await run('q.json', '--policy', 'scripted:a.jsonl', '--out', 'a', '--blind')
    await run('q.json', '--policy', 'scripted:b.jsonl', '--out', 'b', '--blind', '--tolerate', '1')
    await run('less.json', '--policy', 'scripted:a.jsonl', '--out', 'less', '--blind')
    await run('other.json', '--policy', 'scripted:a.jsonl', '--out', 'other', '--blind')
    const compared = await run('--compare', 'a/results.json', 'b/results.json')
    expect(compared.code, compared.said).toBe(0)
    expect(compared.said).toContain('Only A right: 0; only B right: 9; McNemar, exact: p = 0.0039')
    expect(compared.said).toContain('over 11 questions; 1 failed in one or both and are left out')
    expect((await run('--compare', 'a', 'b')).said).toBe(compared.said.replaceAll('/results.json', ''))
    const less = await run('--compare', 'a', 'less')
    expect([less.code, less.said.includes('less/results.json lacks 2 ("11", "12")')], less.said).toEqual([1, true])
    expect((await run('--compare', 'a', 'other')).said).toContain('questions of the same id are not the same: 1 ("1")')
    await rm(join(root, 'less', 'results.json'))
    expect((await run('--compare', 'a', 'less')).said).toContain('cannot be opened')
  })
})
