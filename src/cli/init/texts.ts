/** The configuration of a new folder: every part of a run, at a size that a laptop carries. */
export const configText = `# A whole run of VideoP2R at toy size: annotation, SFT, PA-GRPO, evaluation, and a page to look at.
# Paths are taken from this file's folder. Every setting is explained in docs/configs.md of kinograd.
name: first-run
seed: 1

records: questions.jsonl          # the form of Video-R1; other forms by name, or a field map
media:
  root: .                         # the paths of records start here
  frames: 4                       # of each clip, evenly spaced

policy:
  tiny: true                      # random weights; yours: checkpoint: ./Qwen2.5-VL-3B-Instruct
  optimiser: { beta2: 0.95, weightDecay: 0, clip: 1 }
teacher: scripted:chains.jsonl    # yours: claude:MODEL, or openai:http://127.0.0.1:8000/v1#MODEL
judge: scripted                   # a rule: an observation is enough where it holds the answer

template: videoP2R                # observation (perception), think and answer (reasoning)
prompt: question                  # the bare question: this policy reads little. A large model wants guide

annotation: {}                    # the teacher writes chains, a verifier and the judge sort them

sft:
  steps: 100
  batch: 4
  rate: 3e-3
  schedule: constant

rl:
  updates: 10
  prompts: 4                      # questions an update
  completions: 8                  # answers to each, which are compared with each other
  rate: 3e-4
  normaliser: paGrpo              # each process its own reward, on its own tokens
  loss: { beta: 0 }               # no KL
  sampling: { maxTokens: 48, temperature: 1 }
  rewards:
    perception: sufficiency       # the judge reads the observation
    reasoning: answer             # the answer, by the metric of its problem type

evaluation:
  maxTokens: 48
  temperature: 0
`

/** What a new folder is, and what it is not. */
export const readmeText = (folder: string): string => `# A first run

\`\`\`sh
npx kinograd run ${folder}/config.yaml            # a minute or two, no key, no network, no GPU
npx kinograd run ${folder}/config.yaml --dry-run  # only says what it would do
\`\`\`

It leaves \`runs/first-run\` with \`report.html\` (open it in a browser), \`summary.json\`, logs and checkpoints. Press Ctrl-C at any time; the
same command with \`--resume\` goes on.

| file | what it is |
|---|---|
| \`config.yaml\` | the run: change it, or try a setting with \`--set rl.updates=20\` |
| \`clips/\` | three clips of moving boxes, two seconds each |
| \`questions.jsonl\` | twelve questions about them |
| \`chains.jsonl\` | the script that stands in for a teacher: a chain of thought for each question |

## What this is not

It is a toy, to see every part of a run at work:

- The policy is a network of half a million random weights. It learns twelve answers by heart; it sees little and understands nothing.
- It is tested on the questions that it was taught. The scores say that the machinery runs, not that anything was learned that would
  hold for other clips.
- The teacher is a file, three of whose chains are wrong on purpose: the verifier and the judge sort them out. The judge is a rule that
  looks for the answer's words in the observation.

## Your own clips

1. Put your clips under a folder and name it in \`media.root\`.
2. Write your questions in the form of \`questions.jsonl\`, or keep your file and say what its fields are called: \`records: { files: mine.csv,
   fields: { problem: question, answer: truth, path: clip } }\`. Leave some of them out of training, and name those in \`evaluation.records\`.
3. Name a checkpoint of Qwen2.5-VL in \`policy.checkpoint\`, a teacher and a judge, and take \`prompt: question\` out.
4. \`--dry-run\` says what that takes in time, memory and money before anything is done.
`
