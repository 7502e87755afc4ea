import { either as E } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'

/** Where a server is, and whether what is said to it stays on this machine. */
export interface ServerAddress {
  /** Host and port, as the client and messages have them. */
  readonly server: string
  readonly tls: boolean
  readonly local: boolean
}

const loopback = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/

const wrong = (what: string): Fault =>
  fault('BadAddress', `the address of the NATS server ${what}`, 'Give nats://HOST:PORT, or tls://HOST:PORT.')

/** Reads the address of a server. Left: `BadAddress`; one with a password in it too, as addresses are shown and kept. */
export const serverAddress = (url: string): E.Either<Fault, ServerAddress> => {
  const parsed = E.tryCatch(
    () => new URL(url),
    () => wrong('cannot be read'),
  )
  if (E.isLeft(parsed)) return parsed
  const { protocol, hostname, port, username, password } = parsed.right
  if (username !== '' || password !== '')
    return E.left(wrong('holds a user or a password: these are given by a file of credentials'))
  if ((protocol !== 'nats:' && protocol !== 'tls:') || hostname === '') return E.left(wrong('has another form'))
  return E.right({
    server: `${hostname}:${port === '' ? 4222 : port}`,
    tls: protocol === 'tls:',
    local: loopback.test(hostname),
  })
}
