import { fc, test } from '@fast-check/vitest'
import { policyLoss } from 'kinograd/advantage'
import { brokenLaws, objectiveLaws } from 'kinograd/laws'
import { describe, expect, test as plainTest } from 'vitest'
import { tokenBatch } from '../../src/laws/loss/batches.ts'

describe('truncated importance sampling', () => {
  test.prop([tokenBatch(), fc.double({ min: 0.5, max: 4, noNaN: true })])(
    'weighs each token by min(exp(trainer − sampler), cap), a constant to the gradient',
    ({ logprobs, batch }, most) => {
      const trainer = batch.oldLogprobs ?? logprobs
      const weights = logprobs.map((row, b) =>
        row.map((_, t) => Math.min(Math.exp(trainer[b]![t]! - batch.samplingLogprobs![b]![t]!), most)),
      )
      const own = batch.weights
      const both = own === undefined ? weights : weights.map((row, b) => row.map((w, t) => w * own[b]![t]!))
      const corrected = policyLoss({ importanceSampling: { mode: 'token_truncate', most } })(batch)(logprobs)
      const weighed = policyLoss()({ ...batch, weights: both })(logprobs)
      expect(corrected.loss).toBeCloseTo(weighed.loss, 12)
      corrected.gradient.forEach((row, b) => {
        for (const [t, slope] of row.entries()) expect(slope).toBeCloseTo(weighed.gradient[b]![t]!, 12)
      })
    },
  )

  test.prop([tokenBatch()])('switched off is the loss without it, to the bit', ({ logprobs, batch }) => {
    const { loss, gradient, metrics } = policyLoss({ importanceSampling: null })(batch)(logprobs)
    const without = policyLoss()(batch)(logprobs)
    expect({ loss, gradient, metrics }).toEqual(without)
    expect(Object.keys(metrics).some(name => name.startsWith('sampling/importance'))).toBe(false)
  })

  test.prop([tokenBatch()])('a sampler that is the trainer changes nothing', ({ logprobs, batch }) => {
    const same = { ...batch, samplingLogprobs: batch.oldLogprobs ?? logprobs }
    const { loss, gradient } = policyLoss({ importanceSampling: {} })(same)(logprobs)
    expect({ loss, gradient }).toEqual((({ loss, gradient }) => ({ loss, gradient }))(policyLoss()(same)(logprobs)))
  })

  plainTest('says how far sampler and trainer are apart', () => {
    const batch = { advantages: [[1, 1]], samplingLogprobs: [[-1, -3]] }
    const loss = policyLoss({ beta: 0, importanceSampling: { mode: 'token_truncate', most: 2 } })
    expect(loss(batch)([Float64Array.of(-1, -1)]).metrics).toMatchObject({
      'sampling/sampling_logp_difference/mean': 1,
      'sampling/sampling_logp_difference/max': 2,
      'sampling/importance_sampling_ratio/min': 1,
      'sampling/importance_sampling_ratio/mean': 1.5,
      'sampling/importance_sampling_ratio/max': 2,
    })
  })

  plainTest('a weight whose gradient is let through breaks a law', () => {
    const options = { beta: 0, importanceSampling: { mode: 'token_truncate', most: 5 } } as const
    const leaking = (batch: Parameters<ReturnType<typeof policyLoss>>[0]) => {
      const objective = policyLoss(options)(batch)
      // d(w · term)/dlp has w · term more where w follows the current policy.
      return (logprobs: readonly Float64Array[]) => {
        const given = objective(logprobs)
        return batch.oldLogprobs !== undefined
          ? given
          : { ...given, gradient: given.gradient.map(row => row.map(slope => 2 * slope)) }
      }
    }
    const laws = objectiveLaws(leaking, { definition: { type: 'grpo', ...options } })
    expect(brokenLaws(laws, { seed: 1 }).map(({ law }) => law)).toContain('definition of the gradient')
  })
})
