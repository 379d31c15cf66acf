import type { App } from '../../model/pm2.ts';
import { isNodeApp } from './node-heap.ts';

const MB = 1024 * 1024;

/** A bare Node process holds 40 MB, with PM2's agent 50 MB (measured, PM2 7.0.4, Node 20): no limit of it can be lower. */
export const leastLimitBytes = 16 * MB;
/** Below this no interpreter starts. */
export const unitBytes = MB;

/** Answers: is its limit a number that was meant to have a unit? PM2 reads `5` as five bytes (lib/tools/Config.js 7.0.4). */
export function lacksUnit(
  app: App,
  leastBytes: number = leastLimitBytes,
  bytes: number = unitBytes,
): boolean {
  const limit = app.settings.maxMemoryRestartBytes;
  if (limit === null || limit <= 0 || limit >= leastBytes) return false;
  // A small program of another language can live in a few MB: then the figure itself must prove it wrong.
  return limit < bytes || isNodeApp(app) || (app.pm2RssBytes !== null && app.pm2RssBytes > limit);
}
