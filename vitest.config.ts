import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Tests that take longest, by processor time, longest first: they begin first, so that no worker ends alone with one of them. Most of
 * their time is not their start, so that each has a process of its own.
 */
const longest = [
  'test/recipe/beside.test.ts',
  'test/package/init.test.ts',
  'test/recipe/config/bad-runs.test.ts',
  'test/examples/videop2r/process.test.ts',
  'test/recipe/config/offline-pages.test.ts',
  'test/examples/videop2r/job.test.ts',
  'test/hostile/hostile.test.ts',
  'test/recipe/config/own-folder.test.ts',
  'test/docs.test.ts',
  'test/engine/checkpointing.test.ts',
  'test/recipe/annotate-killed.test.ts',
  'test/engine/native-killed.test.ts',
  'test/media/subsets.test.ts',
  'test/engine/native-cache.test.ts',
  'test/media/contract.test.ts',
  'test/examples/mixed.test.ts',
  'test/package/grounding.test.ts',
  'test/recipe/annotate-batches.test.ts',
  'test/run/ui.test.ts',
  'test/teacher/batch-mixed.test.ts',
  'test/teacher/batch-day.test.ts',
]

/**
 * Tests that measure the memory of their process, look at what it has loaded, or change it for good: those of the engine select tensor
 * backends, and where AV1 is encoded SVT-AV1 makes the thread a real-time one for root. Each has a process of its own. All others share
 * two, and with them what is imported: it takes a second of a processor a file.
 */
const alone = [
  ...longest,
  'test/house.test.ts',
  'test/dataset/{bad-input,read,seen-ids}.test.ts',
  'test/engine/*.test.ts',
  'test/engine/tiny/*.test.ts',
  'test/media/{cases,fuzz,leaks,refused,sync-tables}.test.ts',
  'test/package/*.test.ts',
  'test/run/page.test.ts',
]

/** The longest first, then others with a process of their own, then those that share one. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const listed = longest.findIndex(path => moduleId === at(path))
      return listed >= 0 ? listed : longest.length + Number(project.name === 'shared')
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^kinograd$/, replacement: at('./src/index.ts') },
      { find: /^kinograd\/(.+)$/, replacement: `${at('./src')}/$1/index.ts` },
    ],
  },
  test: {
    // Machines may be five times slower than usual.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: alone,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          globalSetup: at('./test/run-folder.ts'),
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
