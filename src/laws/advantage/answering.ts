import fc from 'fast-check'
import type { Raw } from '../../advantage/index.ts'
import { ask, posed } from '../asking.ts'
import { shownGroups } from '../groups.ts'
import {
  type Answer,
  all,
  apart,
  type Batch,
  copied,
  firstBad,
  misshapen,
  one,
  type PosedLaw,
  type Subject,
  withRewards,
} from './subject.ts'

const group = (raw: Raw<string>): string => shownGroups([raw])

const answered = <K extends string>({ processes, batches }: Subject<K>): PosedLaw<K> =>
  posed(
    'one advantage a rollout',
    'every group gets its answer, in order: as many advantages as rollouts, for each process and outside',
    batches,
    function* (batch) {
      const made = [...(yield* ask<Batch<K>, Answer<K>>(batch))]
      if (made.length !== batch.length) return `${batch.length} groups became ${made.length}`
      for (const [i, raw] of batch.entries()) {
        const wrong = misshapen(processes, raw, made[i])
        if (wrong !== null) return `group ${i}: ${wrong}`
      }
      return null
    },
    {
      shown: shownGroups,
      look: 'what is done with the number of groups and of rollouts, and with unscored ones (null)',
    },
  )

const finite = <K extends string>({ processes, any }: Subject<K>): PosedLaw<K> =>
  posed(
    'finite',
    'no NaN and no infinity, whatever the rewards',
    any,
    function* (raw) {
      const made = yield* one(processes, raw)
      return firstBad(processes, made, a => !Number.isFinite(a), 'which is not finite')
    },
    { shown: group, look: 'a division by a deviation of 0, unscored rewards, and squares that overflow' },
  )

const reading = <K extends string>({ processes, any }: Subject<K>): PosedLaw<K> =>
  posed(
    'input stays as it is',
    'the rewards are read, not written',
    any,
    function* (raw) {
      const before = JSON.stringify(raw)
      yield* one(processes, raw)
      return JSON.stringify(raw) === before ? null : `the rewards became ${shownGroups([raw])}`
    },
    { shown: group, look: 'sorting or writing in place' },
  )

const lasting = <K extends string>({ processes, any, batches }: Subject<K>): PosedLaw<K> =>
  posed(
    'a result stays as it is',
    'what was given does not change when something else is asked',
    fc.tuple(batches, any),
    function* ([batch, other]) {
      const made = yield* all(processes, batch)
      const kept = made.map(one => copied(processes, one))
      yield* one(processes, other)
      for (const [i, before] of kept.entries()) {
        const why = apart(processes, before, made[i]!)
        if (why !== null) return `group ${i} was changed by the next batch: ${why}`
      }
      return null
    },
    {
      shown: ([batch, other]) => `${shownGroups([...batch, other])} (the last asked after the others)`,
      look: 'a buffer that is used again',
    },
  )

const forgetful = <K extends string>({ processes, any }: Subject<K>): PosedLaw<K> =>
  posed(
    'no memory',
    'a group gives the same advantages whatever came before, under its name or another',
    any,
    function* (raw) {
      const before = copied(processes, yield* one(processes, raw))
      const turned = withRewards(raw, given => given.toReversed())
      const renamed = copied(processes, yield* one(processes, { ...turned, group: `${raw.group}, turned` }))
      const again = apart(processes, renamed, yield* one(processes, turned))
      if (again !== null) return `turned round, under another name and under its own: ${again}`
      return apart(processes, before, yield* one(processes, raw))
    },
    { shown: group, look: 'what is kept between calls, by name or by order' },
  )

const listed = <K extends string>({ processes, batches }: Subject<K>): PosedLaw<K> =>
  posed(
    'one by one or all at once',
    'at(i) is what the iterator gives in its place, and nothing beyond the last',
    batches,
    function* (batch) {
      const made = yield* ask<Batch<K>, Answer<K>>(batch)
      // Copied at once, before another group is asked for.
      const single = batch.map((_, i) => {
        const found = made.at(i)
        return found === undefined ? found : copied(processes, found)
      })
      const listed = [...made]
      if (made.length !== listed.length) return `length is ${made.length}, the iterator gives ${listed.length}`
      if (made.at(made.length) !== undefined) return `there is a group at ${made.length} of ${made.length}`
      for (const [i, found] of listed.entries()) {
        const alone = single[i]
        if (alone === undefined) return `at(${i}) is undefined`
        const why = apart(processes, alone, found)
        if (why !== null) return `group ${i} by at() and by the iterator: ${why}`
      }
      return null
    },
    { shown: shownGroups, look: 'a buffer that all groups share, and the index of at()' },
  )

/** That there is an answer to every batch, that it is the same every time, and that it stays what it is. */
export const answering = <K extends string>(subject: Subject<K>): readonly PosedLaw<K>[] =>
  [answered<K>, finite<K>, reading<K>, lasting<K>, forgetful<K>, listed<K>].map(make => make(subject))
