import { either as E } from 'fp-ts'
import { circuit, exponential, rateLimit, retry, timeout, under } from 'kinograd/flow'
import { concatMap, defer, map, mergeMap, of, timer } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { type Answer, answered, attempted, marbles, short } from './time.ts'

const letters = (marble: string): Answer => answered(marble)

describe('retry', () => {
  test('tries again after doubling waits and gives the first good answer', () =>
    marbles(({ cold, expectObservable }) => {
      const tries = ['x|', '-y|', 'a|'].map(m => cold(m).pipe(map(letters)))
      const attempt = attempted(retry({ attempts: 3, backoff: exponential(4), jitter: 0 }), tries)
      // x at 0, wait 4; y one later, at 5, wait 8; a at 13.
      expectObservable(short(attempt('item'))).toBe('13ms a|')
    }))

  test('the last fault says that the attempts are used up', () =>
    marbles(({ cold, expectObservable }) => {
      const tries = ['(x|)', '(y|)'].map(m => cold(m).pipe(map(letters)))
      const attempt = attempted(retry({ attempts: 2, backoff: () => 3, jitter: 0 }), tries)
      const cause = attempt('item').pipe(map(answer => (E.isLeft(answer) ? answer.left.cause : '')))
      expectObservable(cause).toBe('---(c|)', { c: 'fault y (the last of 2 attempts)' })
    }))

  test('waits as long as the fault asks, without jitter, and leaves alone what is not worth it', () =>
    marbles(({ cold, expectObservable }) => {
      const asking = attempted(
        retry({ attempts: 2, retryAfter: f => (f._tag === 'x' ? 7 : undefined), jitter: 1, random: () => 1 }),
        ['(x|)', '(a|)'].map(m => cold(m).pipe(map(letters))),
      )
      expectObservable(short(asking('item'))).toBe('7ms (a|)')
      const hopeless = attempted(retry({ attempts: 5, when: f => f._tag !== 'x' }), [cold('(x|)').pipe(map(letters))])
      expectObservable(short(hopeless('item'))).toBe('(x|)')
    }))

  test('jitter takes its share off the wait', () =>
    marbles(({ cold, expectObservable }) => {
      const attempt = attempted(
        retry({ attempts: 2, backoff: () => 8, jitter: 0.5, random: () => 0.5 }),
        ['(x|)', '(a|)'].map(m => cold(m).pipe(map(letters))),
      )
      expectObservable(short(attempt('item'))).toBe('6ms (a|)')
    }))

  test('unsubscribing during the wait makes no further attempt', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('(x|)')
      const second = cold('(a|)')
      const attempt = attempted(retry({ attempts: 2, backoff: () => 9, jitter: 0 }), [
        first.pipe(map(letters)),
        second.pipe(map(letters)),
      ])
      expectObservable(short(attempt('item')), '---!').toBe('----')
      expectSubscriptions(second.subscriptions).toBe([])
    }))
})

describe('timeout', () => {
  test('answers after so many milliseconds and unsubscribes from the attempt', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold('------a|')
      expectObservable(short(attempted(timeout(4), [slow.pipe(map(letters))])('item'))).toBe('----(t|)', {
        t: 'TimedOut',
      })
      expectSubscriptions(slow.subscriptions).toBe('^---!')
    }))

  test('within retry it bounds every try, around retry all of them', () =>
    marbles(({ cold, expectObservable }) => {
      const tries = () => ['-------a|', '--b|'].map(m => cold(m).pipe(map(letters)))
      const every = under([timeout<string>(3), retry<string>({ attempts: 2, backoff: () => 1, jitter: 0 })])
      expectObservable(short(attempted(every, tries())('item'))).toBe('------b|')
      const all = under([retry<string>({ attempts: 2 }), timeout<string>(3)])
      expectObservable(short(attempted(all, tries())('item'))).toBe('---(t|)', { t: 'TimedOut' })
    }))
})

describe('rateLimit', () => {
  const start = (policy: ReturnType<typeof rateLimit<string>>) => policy(a => of(E.right(a)))

  test('no minute sees more requests than allowed, whatever its edges', () =>
    marbles(({ expectObservable }) => {
      const attempt = start(rateLimit({ requestsPerMinute: 2 }))
      const calls = of('a', 'b', 'c', 'd', 'e').pipe(mergeMap(a => short(attempt(a))))
      expectObservable(calls).toBe('(ab) 59996ms (cd) 59996ms (e|)')
    }))

  test('tokens are counted over the same minute, in order', () =>
    marbles(({ expectObservable }) => {
      const costs: Readonly<Record<string, number>> = { a: 60, b: 50, c: 40, d: 101 }
      const attempt = start(rateLimit({ tokensPerMinute: 100, tokens: a => costs[a] ?? 0 }))
      const calls = of('a', 'b', 'c', 'd').pipe(mergeMap(a => short(attempt(a))))
      expectObservable(calls).toBe('(ah) 59996ms (bc|)', {
        a: 'a',
        b: 'b',
        c: 'c',
        h: 'TooHeavy',
      })
    }))

  test('what gave up waiting does not count', () =>
    marbles(({ expectObservable }) => {
      const attempt = start(rateLimit({ requestsPerMinute: 1 }))
      expectObservable(short(attempt('a'))).toBe('(a|)')
      expectObservable(short(attempt('b')), '100ms !').toBe('101ms -')
      const late = timer(200).pipe(concatMap(() => short(attempt('c'))))
      expectObservable(late).toBe('60s (c|)')
    }))
})

describe('circuit', () => {
  test('opens after failures in a row, lets one try through after cooling, closes on success', () =>
    marbles(({ cold, expectObservable }) => {
      const attempt = attempted(
        circuit({ failures: 2, coolMs: 10 }),
        ['(x|)', '(y|)', '(x|)', '--(a|)', '(b|)'].map(m => cold(m).pipe(map(letters))),
      )
      const at = (ms: number) => timer(ms).pipe(concatMap(() => defer(() => short(attempt('item')))))
      const open = { o: 'CircuitOpen' }
      expectObservable(at(0)).toBe('(x|)')
      expectObservable(at(1)).toBe('-(y|)')
      expectObservable(at(2)).toBe('--(o|)', open)
      expectObservable(at(11)).toBe('11ms (x|)')
      expectObservable(at(12)).toBe('12ms (o|)', open)
      expectObservable(at(21)).toBe('23ms (a|)')
      expectObservable(at(22)).toBe('22ms (o|)', open)
      expectObservable(at(24)).toBe('24ms (b|)')
    }))
})

describe('policies refuse nonsense', () => {
  test.each([
    ['retry', () => retry({ attempts: 0 }), 'retry with 0 attempts'],
    ['timeout', () => timeout(-1), 'a timeout of -1 ms'],
    ['rateLimit', () => rateLimit({ requestsPerMinute: 0 }), '0 requests'],
    ['circuit', () => circuit({ failures: 0, coolMs: 1 }), '0 failures'],
  ])('%s', (_, make, message) => expect(make).toThrow(message))
})
