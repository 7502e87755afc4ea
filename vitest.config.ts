import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Rooms of pure functions: nothing that one of their tests leaves behind could change another's, so that they share a process and its imports. */
const pure = ['advantage', 'laws', 'process', 'reward', 'untrusted'].map(room => `test/${room}/**/*.test.ts`)

export default defineConfig({
  resolve: {
    alias: [
      { find: /^kinograd$/, replacement: at('./src/index.ts') },
      { find: /^kinograd\/(.+)$/, replacement: `${at('./src')}/$1/index.ts` },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: pure,
          typecheck: {
            enabled: true,
            checker: 'tsc',
            include: ['test/**/*.test-d.ts'],
            tsconfig: './tsconfig.test.json',
          },
        },
      },
    ],
  },
})
