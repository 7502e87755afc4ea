import { inProcess, type Transport } from 'kinograd/transport'
import { afterEach, describe } from 'vitest'
import { contract } from './contract.ts'

describe('in this process', () => {
  let shared: Transport | undefined
  afterEach(() => {
    shared = undefined
  })
  contract({
    make: async limits => {
      shared ??= inProcess(limits)
      return shared
    },
  })
})
