import { readFile } from 'node:fs/promises'
import {
  type ConnectionOptions,
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'

type Authenticated = Pick<ConnectionOptions, 'authenticator'>

const noKey = (path: string, what: string): Fault =>
  fault(
    'NoKey',
    `the file of credentials ${path} ${what}`,
    'Give a .creds file of nsc, a line with a token, or two lines: the user and the password.',
  )

/** What a file of credentials says, in one of its three forms. The file's text goes nowhere else. */
const authenticated = (path: string, text: string): E.Either<Fault, Authenticated> => {
  if (text.includes('BEGIN NATS USER JWT'))
    return E.right({ authenticator: credsAuthenticator(new TextEncoder().encode(text)) })
  const [first = '', second, more] = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  if (first === '' || more !== undefined) return E.left(noKey(path, 'has none of the three forms'))
  return E.right({
    authenticator: second === undefined ? tokenAuthenticator(first) : usernamePasswordAuthenticator(first, second),
  })
}

/** Reads a file of credentials; nothing where none is named. Left: `NoKey`, which never says what the file holds. */
export const readCredentials = (path: string | undefined): TE.TaskEither<Fault, Authenticated> =>
  path === undefined
    ? TE.right({})
    : F.pipe(
        TE.tryCatch(
          () => readFile(path, 'utf8'),
          error => noKey(path, `cannot be read: ${messageOf(error)}`),
        ),
        TE.flatMapEither(text => authenticated(path, text)),
      )
