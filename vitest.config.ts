import { defineConfig } from 'vitest/config'

// Set by .ci/run: where a program finds the counts.
const report = process.env.TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Files of one worker share what they have loaded; each has a database of its own and leaves nothing behind.
    isolate: false,
    // More than the two cores that it is meant for: many tests mostly wait.
    maxWorkers: 3,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})
