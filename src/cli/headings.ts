import type { Command } from '../run/index.ts'

/** What the list of commands says of one, known before it is loaded. */
export type Heading = Pick<Command, 'name' | 'does' | 'positionals'>

/** The commands beside those of the run room, by their names. */
export const headings = {
  init: {
    name: 'init',
    does: 'writes a configuration, three clips and twelve questions about them; it runs at once',
    positionals: ['DIR'],
  },
  run: {
    name: 'run',
    does: 'VideoP2R, or any of its phases, on your own data: what a configuration says (kinograd init DIR writes one)',
    positionals: ['CONFIG.yaml'],
  },
  annotate: {
    name: 'annotate',
    does: 'makes chains of thought of questions: generates, verifies, judges; resumable',
    positionals: ['RECORDS'],
  },
  eval: {
    name: 'eval',
    does: 'evaluates a policy on a benchmark or a file of questions; compares two results; resumable',
    positionals: ['RECORDS'],
  },
  judgeAgreement: {
    name: 'judge-agreement',
    does: 'compares judges with labels of a person and with each other; --page makes a page to label on',
    positionals: ['FILE'],
  },
  laws: {
    name: 'laws',
    does: 'tries the laws of advantages on a program that speaks lines of JSON: kinograd laws -- python adv.py',
    positionals: ['[-- COMMAND…]'],
  },
  simulate: {
    name: 'simulate',
    does: 'says how long updates and annotation would take, what they would cost and what holds them up',
    positionals: ['CONFIG'],
  },
  serve: {
    name: 'serve',
    does: 'lends a checkpoint out by the Tinker protocol, to be sampled and trained by others; Ctrl-C ends it',
    positionals: [],
  },
  worker: {
    name: 'worker',
    does: 'does stages of a run for whoever runs its configuration, beside any number of others; Ctrl-C ends it',
    positionals: [],
  },
} satisfies Readonly<Record<string, Heading>>
