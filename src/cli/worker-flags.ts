import type { Flags, Given } from '../run/index.ts'

/** The flags of `kinograd worker`. */
export const workerFlags = {
  stage: { kind: 'text', value: 'A,B', help: 'what it does: decode, annotate, judge, or some of them' },
  nats: { kind: 'text', value: 'URL', help: 'the NATS server: nats://HOST:PORT or tls://HOST:PORT' },
  config: { kind: 'text', value: 'FILE', help: 'the configuration of the run; config.yaml when not given' },
  set: { kind: 'list', value: 'a.b=c', help: 'a setting in place of the one in the file; may be given several times' },
  'in-flight': { kind: 'integer', value: 'N', min: 1, help: 'tasks of each stage at once; 4 when not given' },
  deliveries: { kind: 'integer', value: 'N', min: 1, help: 'a task is given up after so many tries; 8 when not given' },
  out: { kind: 'text', value: 'DIR', help: 'where answers of teachers are kept; the folder of the run' },
  credentials: { kind: 'text', value: 'FILE', help: 'who comes in: a .creds file, a token, or user and password' },
  ca: { kind: 'text', value: 'FILE', help: "the certificate of the authority that signed the server's" },
  cert: { kind: 'text', value: 'FILE', help: "this worker's certificate, where the server asks for one" },
  key: { kind: 'text', value: 'FILE', help: 'the key of that certificate' },
} as const satisfies Flags

/** What a worker was asked for. */
export type WorkerFlags = Given<typeof workerFlags>
