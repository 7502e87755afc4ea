import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { onLoopback } from '../loopback.ts'
import { closedAfterEach } from '../teacher/fake-server.ts'
import { choiceRow, kinogradEval, resultsIn, workplace } from './made.ts'

const serve = closedAfterEach()
const right = '<think>It is round, so the answer is B.</think><answer>B</answer>'
/** Half of it would be read as another answer: it is whole JSON up to there, and says A. */
const whole = JSON.stringify({
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: right } }],
  usage: { prompt_tokens: 100, completion_tokens: 20 },
})
const lying = JSON.stringify({
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '<answer>A</answer>' } }],
})

const head = { 'content-type': 'application/json' }
const sized = { ...head, 'content-length': String(Buffer.byteLength(whole)) }
const half = whole.slice(0, whole.length / 2)

/** Ways in which an answer breaks off, once its head is out. */
const cuts: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a reset in the middle': response => {
    response.writeHead(200, sized)
    response.write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), 2))
  },
  'a reset before a byte of the body': response => {
    response.writeHead(200, sized)
    response.flushHeaders()
    setTimeout(() => response.socket?.resetAndDestroy(), 2)
  },
  'an end before its length': response => {
    response.writeHead(200, sized)
    response.write(half, () => setTimeout(() => response.socket?.end(), 2))
  },
  'an end before its length, after what is whole JSON': response => {
    response.writeHead(200, sized)
    response.write(lying, () => setTimeout(() => response.socket?.end(), 2))
  },
  'pieces without the last': response => {
    response.writeHead(200, head)
    response.write(half, () => setTimeout(() => response.socket?.destroy(), 2))
  },
  'pieces without the last, after what is whole JSON': response => {
    response.writeHead(200, head)
    response.write(lying, () => setTimeout(() => response.socket?.destroy(), 2))
  },
  'an end in the middle of what it said was all': response => {
    response.writeHead(200, { ...head, 'content-length': String(Buffer.byteLength(half)) })
    response.end(half)
  },
  'an end in the middle of an error': response => {
    response.writeHead(502, { ...head, 'content-length': '400' })
    response.write('{"error": {"mess', () => setTimeout(() => response.socket?.destroy(), 2))
  },
}

/** A server of models that breaks answers off by the number of the question, and by how often it was asked. */
const cuttingServer = async (cut: (id: number, nth: number) => ((response: ServerResponse) => void) | undefined) => {
  const asked = new Map<number, number>()
  const answered: number[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', piece => {
      text += piece
    })
    request.on('end', () => {
      const id = Number(/What does clip (\d+) show/.exec(text)?.[1])
      const nth = asked.get(id) ?? 0
      asked.set(id, nth + 1)
      const broken = cut(id, nth)
      if (broken !== undefined) return broken(response)
      answered.push(id)
      response.writeHead(200, sized).end(whole)
    })
  })
  const timesOf = (id: number) => asked.get(id) ?? 0
  return { timesOf, answered, ...(await onLoopback(server)) }
}

const ids = Object.keys(cuts).map((_, at) => at + 1)
const cutOf = (id: number) => Object.values(cuts)[id - 1]
const rows = [...ids, 100, 101].map(id => choiceRow(id))
const asking = (url: string, ...more: readonly string[]) =>
  ['q.json', '--policy', `openai:${url}/v1#m`, '--out', 'out', '--blind', '--in-flight', '16', ...more] as const

describe('a server whose connection is lost in the middle of an answer', () => {
  test(`is asked again and then believed: ${Object.keys(cuts).join('; ')}`, async () => {
    const root = await workplace({ 'q.json': rows })
    const server = await serve(cuttingServer((id, nth) => (nth === 0 ? cutOf(id) : undefined)))
    const { code, said } = await kinogradEval(root)(...asking(server.url))
    expect(code, said).toBe(0)
    const { results, failed } = await resultsIn(join(root, 'out'))
    expect(failed).toEqual([])
    expect(results.map(({ output, correct }) => [output, correct])).toEqual(rows.map(() => [right, true]))
    expect(ids.map(server.timesOf)).toEqual(ids.map(() => 2))
    expect([100, 101].map(server.timesOf)).toEqual([1, 1])
  }, 180_000)

  test('and never comes through leaves the question failed with its reason, never wrong, and asks nobody else twice', async () => {
    const root = await workplace({ 'q.json': rows })
    let broken = true
    const server = await serve(cuttingServer(id => (broken ? cutOf(id) : undefined)))
    const run = kinogradEval(root)
    const first = await run(...asking(server.url, '--tolerate', '1'))
    const before = await resultsIn(join(root, 'out')).catch(() => undefined)
    // Each was tried as often as the policy says, and what was answered is right.
    for (const one of before?.results ?? []) expect([one.output, one.correct]).toEqual([right, true])
    for (const { tag, cause, remedy } of before?.failed ?? []) {
      expect(['Unreachable', 'Unreadable', 'TimedOut']).toContain(tag)
      expect(String(cause).length * String(remedy).length).toBeGreaterThan(0)
    }
    for (const id of ids) expect([0, 5]).toContain(server.timesOf(id))
    broken = false
    const second = await run(...asking(server.url, '--tolerate', '1', '--resume'))
    expect(second.code, `${first.said}\n${second.said}`).toBe(0)
    const { results, failed } = await resultsIn(join(root, 'out'))
    expect(results.every(({ output, correct }) => output === right && correct === true)).toBe(true)
    // One whose JSON was cut short though its length was whole was answered, unreadably: it stays failed.
    expect(failed.map(({ tag }) => tag)).toEqual(failed.map(() => 'Unreadable'))
    expect(results.length + failed.length).toBe(rows.length)
    expect(new Set(server.answered).size).toBe(server.answered.length)
    expect((await run(...asking(server.url, '--tolerate', '1', '--resume'))).code).toBe(0)
    expect(new Set(server.answered).size).toBe(server.answered.length)
  }, 120_000)
})
