import { setTimeout as sleep } from 'node:timers/promises'
import { nats, serve } from 'kinograd/transport'
import { threeStages } from './stages.ts'

/** A worker in a process of its own: `node worker.mjs URL RUN IN_FLIGHT MILLISECONDS`. It works until it is killed. */
const [url = '', run = '', inFlight = '', wait = ''] = process.argv.slice(2)
const transport = await nats({ url, waitMs: 1000 })()
if (transport._tag === 'Left') throw new Error(transport.left.cause)
const stages = threeStages(() => (wait === '0' ? Promise.resolve() : sleep(Number(wait))))
const { ended } = serve(transport.right, { run, stages: stages.all, inFlight: Number(inFlight), deliveries: 50 })
const end = await ended
if (end._tag === 'Left') throw new Error(end.left.cause)
