import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream'
import { AuthorizationError } from '@nats-io/transport-node'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { longestBody } from '../transport.ts'

/** A server that does not come back. */
export const unreachable = (server: string, seconds: number, why: string): Fault =>
  fault(
    'Unreachable',
    `the NATS server ${server} has been away for ${seconds} s: ${why}`,
    'Start it, with JetStream: nats-server -js. What was done is kept; begin again with --resume.',
  )

const refused = (server: string, why: string): Fault =>
  fault('Refused', `the NATS server ${server} refused: ${why}`, 'Check the credentials and the certificates.')

const noJetStream = (server: string): Fault =>
  fault(
    'NoJetStream',
    `the NATS server ${server} runs without JetStream, which keeps the tasks and results`,
    'Start it with JetStream: nats-server -js, or a jetstream block in its configuration.',
  )

const noJetStreamOfAccount = (server: string): Fault =>
  fault(
    'NoJetStream',
    `the NATS server ${server} has JetStream, but not for the account of these credentials`,
    'Switch it on for the account (jetstream: enabled in its block; nsc edit account --js-disk-storage -1 --js-streams -1), or give credentials of another.',
  )

const streamsGone = (server: string): Fault =>
  fault(
    'NoJetStream',
    `the NATS server ${server} keeps nothing for this run any more: JetStream is off, as it is when the disk is full, or the run's streams were removed`,
    'Look at its log and its disk, start it with the same store (nats-server -js -sd DIR), and begin again with --resume.',
  )

const noRoom = (server: string, why: string): Fault =>
  fault(
    'NoRoom',
    `the NATS server ${server} has no room for this run: ${why}`,
    'See nats account info. Remove streams of runs that are over (nats stream ls, nats stream rm), free the disk, or raise the limits of the account or the server (max_file_store). What was done is kept; begin again with --resume.',
  )

/** A server that takes no messages as long as this library sends. */
export const shortMessages = (server: string, most: number): Fault | undefined =>
  most >= longestBody
    ? undefined
    : fault(
        'Refused',
        `the NATS server ${server} takes messages of ${most} bytes at most, and ${longestBody} are needed`,
        'Set max_payload: 1MB in its configuration, which is what it has when nothing is said.',
      )

/**
 * Codes of the server for storage and limits (errors.json of nats-server): resources of the account, of the server, consumers, streams,
 * memory, disk, and streams that must say how large they may get.
 */
const roomCodes: ReadonlySet<number> = new Set([10002, 10023, 10026, 10027, 10028, 10047, 10113, 10122])
/** What a store says that could not write; its code stands for whatever a store says. */
const roomWords = /no space|insufficient (?:resources|storage|memory)|resource limits? exceeded|maximum bytes exceeded/i

const refusalWords = /authorization|authentication|permission|certificate|self.signed|unable to verify|tls|invalid/i

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)

/** An error and those behind it. */
const chainOf = (error: unknown): readonly unknown[] => (error === undefined ? [] : [error, ...chainOf(causeOf(error))])

const isOfAccount = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.JetStreamNotEnabledForAccount

/** The client keeps the class to itself. */
const isOfServer = (error: unknown): boolean => error instanceof Error && error.name === 'JetStreamNotEnabled'

const isOfRoom = (error: unknown): boolean =>
  (error instanceof JetStreamApiError && roomCodes.has(error.code)) || roomWords.test(messageOf(error))

const isOfTrust = (error: unknown): boolean =>
  error instanceof AuthorizationError || (error instanceof Error && refusalWords.test(error.message))

/** What a server that is there says no to, once a run has `begun` or before; undefined where trying again may help. */
export const refusalOf = (server: string, error: unknown, begun: boolean): Fault | undefined => {
  const chain = chainOf(error)
  if (chain.some(isOfAccount)) return noJetStreamOfAccount(server)
  if (chain.some(isOfServer)) return begun ? streamsGone(server) : noJetStream(server)
  if (chain.some(isOfRoom)) return noRoom(server, messageOf(error))
  return chain.some(isOfTrust) ? refused(server, messageOf(error)) : undefined
}
