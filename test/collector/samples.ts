import type { AppSample, HostSample, Sample } from '../../src/model/history.ts';
import { GB, MB, now, ref } from '../factories.ts';

export const hostSample = (over: Partial<HostSample> = {}): HostSample => ({
  memoryTotalBytes: 10 * GB,
  memoryAvailableBytes: 6 * GB,
  swapTotalBytes: 2 * GB,
  swapUsedBytes: 0,
  memorySomePercent: 0,
  memoryFullPercent: 0,
  load1: 0.5,
  ...over,
});

export const appSample = (name: string, pmId: number, over: Partial<AppSample> = {}): AppSample => ({
  app: ref(name, pmId),
  status: 'online',
  pid: 1000 + pmId,
  restartCounter: 0,
  pm2RssBytes: 100 * MB,
  treeRssBytes: 100 * MB,
  treePssBytes: null,
  treeSwapBytes: null,
  processes: 1,
  cpuPercent: 1,
  ...over,
});

export const sampleOf = (over: Partial<Sample> = {}): Sample => ({
  at: now,
  monotonicMs: 0,
  host: hostSample(),
  apps: [],
  cgroups: null,
  disks: null,
  logs: null,
  processes: [],
  ...over,
});
