import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { pins } from './pins.ts'

/** Where this library keeps what it builds: `KINOGRAD_CACHE`, else kinograd in the user's cache folder. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string => {
  const { KINOGRAD_CACHE = '', XDG_CACHE_HOME = '' } = env
  if (KINOGRAD_CACHE !== '') return resolve(KINOGRAD_CACHE)
  // The XDG Base Directory Specification has a relative one ignored.
  return join(isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'kinograd')
}

/** Counts what a build's folder holds besides versions: 2 has a list of all files with their sums. */
const layout = 2

/** The folder of the compiled binding: one for each pair of versions, Node ABI and platform. */
export const nativeFolder = (env: NodeJS.ProcessEnv = process.env): string => {
  const { modules } = process.versions
  const name = `native-${pins.tfjs}-${pins.tensorflow}-node${modules}-${process.platform}-${process.arch}-${layout}`
  return join(cacheFolder(env), name)
}

/** Whether the user has switched native code off, in words; nothing when not. */
export const switchedOff = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.KINOGRAD_NATIVE === 'off' ? 'switched off by KINOGRAD_NATIVE=off' : undefined
