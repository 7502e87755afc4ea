import type { Flags } from 'kinograd/run'

/** The flags of the main job. */
export const flags = {
  preset: {
    kind: 'text',
    value: 'default',
    choices: ['quick', 'default', 'full'],
    help: 'how much of everything; default on a native backend, quick without one',
  },
  seed: { kind: 'integer', value: '0', min: 0, help: 'seed of world, teacher, weights and sampling (0)' },
  out: { kind: 'text', value: 'runs/videop2r', help: 'folder of the run (runs/videop2r-<preset>-<seed>)' },
  resume: { kind: 'switch', help: 'continue a run that was stopped, from its newest savepoint' },
  backend: {
    kind: 'text',
    value: 'native',
    choices: ['native', 'wasm', 'cpu'],
    help: 'tensor backend; the best that works, when not given',
  },
  teacher: {
    kind: 'text',
    value: 'scripted',
    choices: ['scripted', 'claude'],
    help: 'who writes and judges chains of thought (scripted; claude needs ANTHROPIC_API_KEY)',
  },
  tolerate: {
    kind: 'share',
    value: '5%',
    help: 'the share of records that may fail in a phase; more end the run with code 5 (5%)',
  },
  help: { kind: 'switch', help: 'this text' },
} as const satisfies Flags
