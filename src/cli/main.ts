#!/usr/bin/env node
/**
 * Where the command begins. It has no import at its head and no new syntax, so that an old Node.js can read it as far as the line
 * that says what to do. The oldest version is that of `engines` in package.json.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `kinograd needs Node.js 20.19 or later, and this is Node.js ${process.versions.node}: install a newer one (https://nodejs.org).`,
  )
  process.exitCode = 3
} else if (process.argv[2] === 'eval')
  void import('./lean-heap.ts').then(({ leanHeap }) => {
    leanHeap()
    return import('./start.ts')
  })
else void import('./start.ts')

export {}
