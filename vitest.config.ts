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
  },
});
