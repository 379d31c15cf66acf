import { defineConfig } from 'vitest/config';
import { viteTemplates } from './scripts/templates.mjs';

export default defineConfig({
  plugins: [viteTemplates],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Real daemons, kills and browsers share a busy machine there; a second failure is one of ours.
    retry: process.env.CI ? 1 : 0,
  },
});
