import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['./setup.ts'],
    // Two cores are what CI has, and engines, server and browser want them: one file after the other.
    fileParallelism: false,
    // On a machine that others share a browser may be seconds late. What passes at the second try only is told by tools/run_tests.py.
    retry: process.env['CI'] ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
})
