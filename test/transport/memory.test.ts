import { inMemory, type Transport } from 'kinograd/transport'
import { afterEach, describe } from 'vitest'
import { contract } from './contract.ts'

describe('in memory', () => {
  let shared: Transport | undefined
  afterEach(() => {
    shared = undefined
  })
  contract({
    make: async limits => {
      shared ??= inMemory(limits)
      return shared
    },
  })
})
