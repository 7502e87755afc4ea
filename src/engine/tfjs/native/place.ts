import { homedir } from 'node:os'
import { join } from 'node:path'
import { pins } from './pins.ts'

/** Where this library keeps what it builds: `KINOGRAD_CACHE`, else kinograd in the user's cache folder. */
const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.KINOGRAD_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kinograd')

/** The folder of the compiled binding: one for each pair of versions, Node ABI and platform. */
export const nativeFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(
    cacheFolder(env),
    `native-${pins.tfjs}-${pins.tensorflow}-node${process.versions.modules}-${process.platform}-${process.arch}`,
  )

/** Whether the user has switched native code off, in words; nothing when not. */
export const switchedOff = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.KINOGRAD_NATIVE === 'off' ? 'switched off by KINOGRAD_NATIVE=off' : undefined
