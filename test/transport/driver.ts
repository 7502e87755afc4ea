import { gate, iterate, within } from 'kinograd/flow'
import { nats, openRemote, remote } from 'kinograd/transport'
import { expected, lineOf, threeStages } from './stages.ts'

/**
 * A pipeline in a process of its own: `node driver.mjs URL RUN COUNT IN_FLIGHT`. It says in one line of JSON how many outputs came, how
 * many of them were wrong or came twice, and how many megabytes it held after a fifth of them and at most.
 */
const [url = '', run = '', counted = '', width = ''] = process.argv.slice(2)
const [count, inFlight] = [Number(counted), Number(width)]
const transport = await nats({ url, waitMs: 1000 })()
if (transport._tag === 'Left') throw new Error(transport.left.cause)
const opened = await openRemote(transport.right, { run, inFlight })()
if (opened._tag === 'Left') throw new Error(opened.left.cause)
const { decode, annotate, judge } = threeStages()
const scope = within(gate({ inFlight: inFlight * 3 }), remote(opened.right, decode, annotate, judge), {
  order: 'completion',
})
const source = function* () {
  for (let n = 0; n < count; n++) yield { n }
}
const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20)
const began = performance.now()
let [came, wrong, early, most] = [0, 0, 0, 0]
const seen = new Uint8Array(count)
for await (const item of iterate(scope(source()))) {
  const n = Number(item._tag === 'Right' ? item.right.n : item.left.item.slice(1))
  if (lineOf(item) !== expected(n) || seen[n] !== 0) wrong += 1
  seen[n] = 1
  came += 1
  if (came % 100 === 0) most = Math.max(most, megabytes())
  if (came === Math.ceil(count / 5)) early = megabytes()
}
const seconds = (performance.now() - began) / 1000
process.stdout.write(`${JSON.stringify({ came, wrong, early, most, seconds })}\n`)
await opened.right.close()
await transport.right.close()
