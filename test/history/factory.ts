import { join } from 'node:path';
import { findDriver } from '../../src/history/driver.ts';
import type { Disk } from '../../src/history/place.ts';
import { type CollectorOptions, openCollector } from '../../src/history/sqlite.ts';
import type { HistoryCollector } from '../../src/history/store.ts';
import type { AppSample, NewEvent, Sample, SampledProcess } from '../../src/model/history.ts';
import type { AppRef } from '../../src/model/pm2.ts';
import { c, hour } from '../factories.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export const MB = 1024 * 1024;
/** A full hour UTC. */
export const start = Date.UTC(2026, 10, 20, 12);
export const second = 1000;
export const everyMs = 10 * second;

export const driver = await findDriver();

/** Always room, always local. */
export const wideDisk: Disk = { typeAt: () => 0, freeRatioAt: () => 0.5 };

export function tempPath(): string {
  return join(temporaryFolder('history'), 'state', 'history.db');
}

export function ref(pmId = 0, name = 'api'): AppRef {
  return { home: c('/home/deploy/.pm2'), pmId, name: c(name), namespace: c('default') };
}

export function appSample(over: Partial<AppSample> = {}): AppSample {
  return {
    app: ref(),
    status: 'online',
    pid: 4242,
    restartCounter: 3,
    pm2RssBytes: 80 * MB,
    treeRssBytes: 100 * MB,
    treePssBytes: null,
    treeSwapBytes: 0,
    processes: 2,
    cpuPercent: 1.5,
    ...over,
  };
}

export function sample(at: number, over: Partial<Sample> = {}): Sample {
  return {
    at,
    monotonicMs: null,
    host: null,
    apps: [appSample()],
    cgroups: null,
    disks: null,
    logs: null,
    processes: null,
    ...over,
  };
}

export function processSample(over: Partial<SampledProcess> = {}): SampledProcess {
  return {
    pid: 4242,
    ppid: 1000,
    startedAt: start - hour,
    home: c('/home/deploy/.pm2'),
    app: ref(),
    role: 'main',
    comm: c('node'),
    uid: 1001,
    cgroup: null,
    rssBytes: 100 * MB,
    ...over,
  };
}

export function exitEvent(key: string, at: number): NewEvent {
  return { key, at, facts: { kind: 'exit', app: ref(), pid: 4242, code: 1, signal: null } };
}

export function collector(path: string, over: Partial<CollectorOptions> = {}): HistoryCollector {
  return openCollector(driver, { path, now: start, everyMs, pid: process.pid, disk: wideDisk, ...over });
}

/** Samples from `from` up to before `to`; `make` says what each one sees. Fails when one was not kept. */
export function run(
  into: HistoryCollector,
  from: number,
  to: number,
  make: (at: number) => Partial<Sample> = () => ({}),
  stepMs = everyMs,
): string[] {
  const notices: string[] = [];
  for (let at = from; at < to; at += stepMs) {
    const written = into.write({ at, sample: sample(at, make(at)) });
    if (!written.kept) throw written.problem;
    notices.push(...written.notices);
  }
  return notices;
}
