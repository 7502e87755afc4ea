import type { Flags } from '../run/index.ts'

/** The flags of `kinograd annotate`. */
export const annotateFlags = {
  root: { kind: 'text', value: 'DIR', help: 'folder that paths of media are taken from (that of RECORDS)' },
  teacher: {
    kind: 'text',
    value: 'T',
    help: 'who writes chains: claude:MODEL, openai:BASE_URL#MODEL, scripted (chains in the records) or scripted:FILE',
  },
  judge: {
    kind: 'text',
    value: 'J',
    help: 'who judges observations: the same; scripted is a rule, scripted:FILE holds verdicts',
  },
  out: {
    kind: 'text',
    value: 'FILE.jsonl',
    help: 'kept chains, a line each; failures, judgements and parts go beside it',
  },
  format: { kind: 'text', value: 'NAME', help: 'form of RECORDS, where it cannot be told from the content' },
  fields: { kind: 'text', value: 'FILE', help: 'JSON or YAML that says which names of RECORDS hold what' },
  prompt: { kind: 'text', value: 'FILE', help: 'what the teacher is asked, with {question} in it (VideoP2R’s prompt)' },
  frames: { kind: 'integer', value: '16', min: 2, help: 'the most frames of a clip that are shown (16)' },
  pixels: { kind: 'integer', value: '200704', min: 784, help: 'the most pixels of a frame (200704)' },
  limit: { kind: 'integer', value: 'N', min: 1, help: 'only the first N records; may be raised when it goes on' },
  sample: { kind: 'integer', value: 'N', min: 1, help: 'only N records by chance' },
  seed: { kind: 'integer', value: '1', min: 0, help: 'of the chance (1)' },
  threshold: { kind: 'share', value: '0.6', help: 'what an answer must score to be kept (0.6)' },
  votes: { kind: 'integer', value: '3', min: 1, help: 'how often the judge is asked about a chain, an odd number (1)' },
  plain: { kind: 'switch', help: 'the judge answers in words, also where its server knows structured output' },
  batch: { kind: 'switch', help: 'asks Claude in message batches: half the price, answers within a day' },
  'dry-run': { kind: 'switch', help: 'says tokens, cost and hours, and asks nothing' },
  budget: {
    kind: 'text',
    value: 'USD',
    help: 'dollars after which nothing more is asked; may be raised when it goes on',
  },
  prices: { kind: 'text', value: 'FILE', help: 'a price list of one’s own, as JSON' },
  'in-flight': { kind: 'integer', value: '8', min: 1, help: 'records at the same time (8)' },
  rate: { kind: 'integer', value: 'N', min: 1, help: 'requests a minute of teacher and judge together' },
  'max-tokens': { kind: 'integer', value: '2048', min: 1, help: 'longest answer (2048)' },
  timeout: { kind: 'integer', value: '120', min: 1, help: 'seconds that one answer may take (120)' },
  'teacher-key': {
    kind: 'text',
    value: 'NAME',
    help: 'variable with the teacher’s key (ANTHROPIC_API_KEY, OPENAI_API_KEY)',
  },
  'judge-key': { kind: 'text', value: 'NAME', help: 'variable with the judge’s key' },
  tolerate: { kind: 'share', value: '5%', help: 'share of the records that may fail, one in any case (5%)' },
  resume: { kind: 'switch', help: 'goes on where it ended, whatever ended it' },
  again: { kind: 'switch', help: 'begins anew and asks again what failed; what was paid for is not asked' },
} as const satisfies Flags
