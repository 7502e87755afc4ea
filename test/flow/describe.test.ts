import { either as E } from 'fp-ts'
import {
  batch,
  describe as described,
  each,
  feedback,
  gate,
  mermaid,
  pipeline,
  stage,
  weigh,
  within,
} from 'kinograd/flow'
import { map } from 'rxjs'
import { expect, test } from 'vitest'

const named = (name: string) => stage.pure<number, number>({ name, item: String }, n => n)
const memory = gate({ inFlight: 4, bytes: 1000, name: 'memory' })
const clips = within(
  memory,
  pipeline(
    'clip',
    named('probe'),
    weigh<number>(memory, n => n),
    named('decode'),
  ),
)
const all = pipeline(
  'training',
  batch<number>(8),
  each(clips),
  map(item => item),
)

test('a pipeline is described as data', () => {
  expect(described(all)).toEqual({
    kind: 'pipeline',
    name: 'training',
    parts: [
      { kind: 'batch', name: 'batch', parts: [], settings: { n: 8 } },
      {
        kind: 'each',
        name: 'each',
        settings: { group: 'keepAll' },
        parts: [
          {
            kind: 'scope',
            name: 'memory',
            settings: { inFlight: 4, bytes: 1000, order: 'source' },
            parts: [
              {
                kind: 'pipeline',
                name: 'clip',
                parts: [
                  { kind: 'stage', name: 'probe', parts: [] },
                  { kind: 'stage', name: 'weigh in memory', parts: [] },
                  { kind: 'stage', name: 'decode', parts: [] },
                ],
              },
            ],
          },
        ],
      },
      { kind: 'operator', name: 'operator', parts: [] },
    ],
  })
})

test('and drawn as a Mermaid diagram', () => {
  expect(mermaid(described(pipeline('p', batch<number>(2), each(clips))))).toBe(`flowchart LR
  subgraph n0["p"]
    n1["batch, n 2"]
    subgraph n2["each, group keepAll"]
      subgraph n3["within memory, inFlight 4, bytes 1000, order source"]
        subgraph n4["clip"]
          n5["probe"]
          n1 --> n5
          n6["weigh in memory"]
          n5 --> n6
          n7["decode"]
          n6 --> n7
        end
      end
    end
  end`)
})

test('a feedback scope shows its staleness bound', () => {
  const rollout = stage.adding<{ id: number }, { text: string }>(
    { name: 'rollout', item: String },
    () => async () => E.right({ text: '' }),
  )
  const update = stage.pure<{ id: number }, number>({ name: 'update', item: String }, a => a.id)
  expect(described(feedback({ width: 3, rollout, update }))).toMatchObject({
    kind: 'scope',
    settings: { width: 3, staleness: 2 },
    parts: [{ name: 'rollout' }, { name: 'update' }],
  })
})
