import { createServer } from 'node:http'
import { onLoopback } from '../loopback.ts'
import { answerTo, readAsked } from './annotate-world.ts'

/** A question as the server saw it, and when its answer was handed over; undefined while it is under way. */
export interface Answered {
  readonly question: string
  answeredAt?: number
}

/** A model server that takes some milliseconds, keeps account of all questions and when they were answered. */
export const slowServer = async (delayMs: (question: string) => number) => {
  const asked: Answered[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', piece => pieces.push(piece))
    request.on('end', () => {
      const body: Record<string, unknown> = JSON.parse(Buffer.concat(pieces).toString())
      const seen = { path: request.url ?? '', headers: request.headers, body }
      const { n, judging } = readAsked(seen)
      const one: Answered = { question: `${judging ? 'judge' : 'annotate'} ${n}` }
      asked.push(one)
      setTimeout(() => {
        if (response.destroyed) return
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answerTo(seen).body))
        one.answeredAt = Date.now()
      }, delayMs(one.question))
    })
  })
  return { asked, ...(await onLoopback(server)) }
}
