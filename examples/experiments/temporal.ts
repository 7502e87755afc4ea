import { function as F, taskEither as TE } from 'fp-ts'
import type { Experiment, Findings } from './experiment.ts'
import { accuracies, type Reached, reachedBy, reachedFigure, reachedTable } from './reached.ts'
import { difference } from './spread.ts'
import { type ArmSpec, armsOf } from './trained-arm.ts'

/** Half as many as of the clip in order, as Video-R1 has them. */
const control = { temporal: { process: 'reasoning', completions: 4 } } as const

const arms: readonly ArmSpec[] = [
  { name: 'grpo', title: 'GRPO', like: 'grpo' },
  { name: 'grpo-temporal', title: 'T-GRPO', like: 'grpo', arm: control },
  { name: 'paGrpo', title: 'PA-GRPO', like: 'paGrpo' },
  { name: 'paGrpo-temporal', title: 'PA-GRPO with the temporal reward', like: 'paGrpo', arm: control },
]

const choices = ({ policies }: Reached): readonly number[] =>
  policies.flatMap(({ accuracyByType }) => accuracyByType['multiple choice'] ?? [])

const findings = (rows: readonly Reached[]): Findings => {
  const [grpo, temporal, pa, both] = rows
  const compared = (ours: Reached, theirs: Reached) => [
    difference(`${ours.title} − ${theirs.title}, accuracy`, accuracies(ours), accuracies(theirs)),
    difference(`${ours.title} − ${theirs.title}, which way and which first`, choices(ours), choices(theirs)),
  ]
  return {
    tables: [reachedTable(rows)],
    figures: [reachedFigure('With and without the temporal reward', rows)],
    notes: [...compared(temporal!, grpo!), ...compared(both!, pa!), ...compared(pa!, temporal!)],
  }
}

/** Table 9: T-GRPO beside GRPO and PA-GRPO. */
export const temporal: Experiment = {
  name: 'temporal',
  title: 'Table 9: the temporal reward of T-GRPO',
  asks: 'Does a bonus for answers that need the order of frames help GRPO, or PA-GRPO (arXiv 2511.11113, Table 9; Video-R1, arXiv 2503.21776, section 3.1)?',
  how: 'Four arms from one fine-tuned policy a seed. Where the reward is given, every clip of an update is asked about with its frames in one random order as well, four completions beside eight in order; right answers get .3 more where the clip in order is answered right at least .8 times as often. Questions of multiple choice ask which way something moves, or what appears first.',
  run: place =>
    F.pipe(
      armsOf(place, arms),
      TE.map(seeds => findings(reachedBy(arms, seeds))),
    ),
}
