import type { Flags } from '../run/index.ts'

/** The flags of `kinograd eval`. */
export const evalFlags = {
  format: {
    kind: 'text',
    value: 'NAME',
    help: 'form of RECORDS, or a benchmark (vsi-bench, videommmu, mmvu, vcr-bench, mvbench, tempcompass, video-mme, video-holmes); told from the content where it can be',
  },
  fields: { kind: 'text', value: 'FILE', help: 'JSON or YAML that says which names of RECORDS hold what' },
  root: { kind: 'text', value: 'DIR', help: 'folder that paths of media are taken from (that of RECORDS)' },
  policy: {
    kind: 'text',
    value: 'P',
    help: 'who is evaluated: a checkpoint’s folder, openai:BASE_URL#MODEL, claude:MODEL or scripted:FILE (lines of id and output)',
  },
  out: { kind: 'text', value: 'DIR', help: 'results.json in Video-R1’s layout, summary.json, and what resuming needs' },
  compare: {
    kind: 'text',
    value: 'A/results.json',
    help: 'compares two results of the same records, A with the file that stands in the place of RECORDS',
  },
  frames: { kind: 'integer', value: '32', min: 1, help: 'the most frames of a clip that are shown (32)' },
  pixels: {
    kind: 'integer',
    value: '200704',
    min: 784,
    help: 'the most pixels of a frame (200704, that is 256·28·28)',
  },
  window: {
    kind: 'text',
    value: 'whole',
    choices: ['whole', 'part'],
    help: 'of records that name a part of their clip (MVBench): all of it, as Video-R1 does, or that part (whole)',
  },
  blind: { kind: 'switch', help: 'shows no clip: the policy answers from the text alone' },
  prompt: { kind: 'text', value: 'video-r1', help: 'video-r1, videop2r, or a FILE with {question} in it (video-r1)' },
  observations: {
    kind: 'text',
    value: 'A/results.json',
    help: 'puts the observations of those results into the questions: the perception examination, with and without --blind',
  },
  letter: {
    kind: 'text',
    value: 'tags',
    choices: ['tags', 'prose', 'none'],
    help: 'how answers are read: inside the answer tags, as Video-R1 does; what the text commits itself to; or as they stand (tags; prose for TempCompass)',
  },
  temperature: {
    kind: 'text',
    value: '0.01',
    help: 'of sampling: 0.01 in the paper, 0.1 in Video-R1’s script; none sends none (0.01)',
  },
  'top-p': { kind: 'text', value: '0.001', help: 'of sampling, both’s; none sends none (0.001)' },
  'max-tokens': { kind: 'integer', value: '1024', min: 1, help: 'longest answer, that of Video-R1’s script (1024)' },
  judge: {
    kind: 'text',
    value: 'J',
    help: 'who answers questions from captions (TempCompass) and reads thinking for the mismatch: claude:MODEL or openai:BASE_URL#MODEL (rules)',
  },
  by: { kind: 'list', value: 'FIELD', help: 'a field of RECORDS to break scores down by, beside those that are known' },
  limit: { kind: 'integer', value: 'N', min: 1, help: 'only the first N records; may be raised when it goes on' },
  sample: { kind: 'integer', value: 'N', min: 1, help: 'only N records by chance' },
  seed: {
    kind: 'integer',
    value: '1',
    min: 0,
    help: 'of chance: --sample, a checkpoint’s sampling, the bootstrap (1)',
  },
  'in-flight': { kind: 'integer', value: '8', min: 1, help: 'questions at the same time (8; 1 for a checkpoint)' },
  rate: { kind: 'integer', value: 'N', min: 1, help: 'requests a minute' },
  budget: {
    kind: 'text',
    value: 'USD',
    help: 'dollars after which nothing more is asked; may be raised when it goes on',
  },
  prices: { kind: 'text', value: 'FILE', help: 'a price list of one’s own, as JSON' },
  timeout: { kind: 'integer', value: '120', min: 1, help: 'seconds that one answer may take (120)' },
  'policy-key': {
    kind: 'text',
    value: 'NAME',
    help: 'variable with the policy’s key (ANTHROPIC_API_KEY, OPENAI_API_KEY)',
  },
  'judge-key': { kind: 'text', value: 'NAME', help: 'variable with the judge’s key' },
  backend: {
    kind: 'text',
    value: 'native',
    choices: ['native', 'wasm', 'cpu'],
    help: 'of a checkpoint (the best that starts)',
  },
  tolerate: { kind: 'share', value: '5%', help: 'share of the questions that may fail, one in any case (5%)' },
  resume: {
    kind: 'switch',
    help: 'goes on where it ended, whatever ended it; nothing that was answered is asked again',
  },
} as const satisfies Flags
