import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { audits } from '../../src/audits/index.ts';
import { causes } from '../../src/model/restart.ts';
import type { Locale } from '../../src/model/text.ts';
import { reportToJson } from '../../src/report/json.ts';
import { reportOf, stories } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

/** Contract section 2, by name. Additions are free; a field that is named there must be present, null = not known. */
const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?[+-]\d{2}:\d{2}$/);
const bytes = z.int().nonnegative();
const ratio = z.number().min(0).max(1);
const app = z.object({ home: z.string(), pmId: z.int(), name: z.string(), namespace: z.string() });
const cause = z.enum(causes);
const confidence = z.enum(['certain', 'likely', 'possible', 'none']);
const quote = z.object({ source: z.string(), at: time.nullable(), text: z.string() });
const audit = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const subject = z.looseObject({ kind: z.enum(['app', 'apps', 'daemon', 'process', 'unit', 'path', 'host']) });
const fix = z.object({
  id: z.string().regex(/^F\d+$/),
  kind: z.enum(['ecosystem-patch', 'command', 'file', 'manual']),
  title: z.string().min(1),
  steps: z.array(z.string()),
  patch: z.string().nullable(),
  verify: z.string(),
  undo: z.string(),
  expected: z.string(),
});
const action = z.object({ fix: z.string(), title: z.string() });
const risk = z.object({ level: z.enum(['low', 'medium', 'high', 'unknown']), reason: z.string().min(1) });
const entry = z.object({ path: z.string(), bytes, growthBytesPerDay: z.number().nullable() });
const process = z.object({
  app,
  pid: z.int().nullable(),
  status: z.string(),
  execMode: z.enum(['fork', 'cluster']),
  interpreter: z.string().nullable(),
  startedAt: time.nullable(),
  uptimeMs: z.int().nonnegative().nullable(),
  rssBytes: bytes.nullable(),
  treeRssBytes: bytes.nullable(),
  treePssBytes: bytes.nullable(),
  treeSwapBytes: bytes.nullable(),
  treeProcesses: z.int().nullable(),
  cpuPercent: z.number().nullable(),
  memoryLimitBytes: bytes.nullable(),
  restarts: z.object({
    counter: z.int(),
    inWindow: z.int().nullable(),
    byCause: z.partialRecord(cause, z.int().positive()).nullable(),
    unexplained: z.int().nonnegative().nullable(),
    last: z.object({ at: time, cause }).nullable(),
  }),
  trend: z
    .object({
      kind: z.enum(['stable', 'warm-up', 'leak', 'sawtooth', 'unknown']),
      bytesPerHour: z.number().nullable(),
      reachesLimitAt: time.nullable(),
    })
    .nullable(),
  memoryRank: z.int().positive(),
  restartRank: z.int().positive(),
  flags: z.array(audit),
});
const contract = z.object({
  schema: z.literal('pm2-audit.report/1'),
  tool: z.object({ name: z.string(), version: z.string() }),
  takenAt: time,
  window: z.object({ from: time, to: time }),
  host: z
    .object({
      name: z.string(),
      os: z.string(),
      kernel: z.string(),
      bootedAt: time.nullable(),
      cpus: z.int(),
      nodeVersion: z.string(),
      container: z.string().nullable(),
    })
    .nullable(),
  verdict: z.enum(['critical', 'attention', 'healthy', 'unknown']),
  score: z.int().min(0).max(100).nullable(),
  grade: z.enum(['A', 'B', 'C', 'D', 'E', 'F']).nullable(),
  counts: z.strictObject({ P0: z.int(), P1: z.int(), P2: z.int(), P3: z.int() }),
  evidence: z.array(
    z.object({
      key: z.string(),
      seen: z.boolean(),
      source: z.string().nullable(),
      coversFrom: time.nullable(),
      coversTo: time.nullable(),
      gaps: z.array(
        z.object({
          why: z.string(),
          tried: z.array(z.object({ source: z.string(), why: z.string(), detail: z.string() })),
          remedy: z.string(),
        }),
      ),
    }),
  ),
  system: z.object({
    memory: z.object({ totalBytes: bytes, availableBytes: bytes, usedRatio: ratio.nullable() }).nullable(),
    swap: z.object({ totalBytes: bytes, usedBytes: bytes, usedRatio: ratio.nullable() }).nullable(),
    limit: z.object({ bytes, source: z.string() }).nullable(),
    pressure: z.object({ memory: z.unknown(), cpu: z.unknown(), io: z.unknown() }).nullable(),
    load: z.array(z.number()).length(3).nullable(),
    disks: z
      .array(
        z.object({
          mount: z.string(),
          totalBytes: bytes,
          freeBytes: bytes,
          usedRatio: ratio,
          freeInodesRatio: ratio.nullable(),
        }),
      )
      .nullable(),
    oomKillsSinceBoot: z.int().nullable(),
  }),
  daemons: z.array(
    z.object({
      home: z.string(),
      user: z.string().nullable(),
      pid: z.int().nullable(),
      pm2Version: z.string().nullable(),
      nodeVersion: z.string().nullable(),
      rssBytes: bytes.nullable(),
      startedAt: time.nullable(),
    }),
  ),
  processes: z.array(process),
  oomKills: z
    .array(
      z.object({
        at: time.nullable(),
        pid: z.int().nullable(),
        comm: z.string().nullable(),
        killer: z.string(),
        constraint: z.enum(['global', 'memcg', 'cpuset', 'mempolicy', 'userspace', 'unknown']),
        totalVmKb: z.number().nullable(),
        anonRssKb: z.number().nullable(),
        fileRssKb: z.number().nullable(),
        shmemRssKb: z.number().nullable(),
        uid: z.int().nullable(),
        oomScoreAdj: z.int().nullable(),
        oomMemcg: z.string().nullable(),
        taskMemcg: z.string().nullable(),
        invokedBy: z.object({ comm: z.string(), pid: z.int().nullable() }).nullable(),
        repeats: z.int(),
        app: app.nullable(),
        role: z.enum(['app', 'child', 'daemon', 'module', 'other']).nullable(),
        confidence,
        because: z.array(quote),
        biggest: z.array(z.object({ name: z.string(), app: app.nullable(), rssBytes: bytes })),
      }),
    )
    .nullable(),
  restarts: z.array(
    z.object({
      app,
      at: time,
      cause,
      exitCode: z.int().nullable(),
      signal: z.string().nullable(),
      confidence,
      because: z.array(quote),
    }),
  ),
  storage: z
    .object({ top: z.array(entry), logs: z.array(entry), scannedBytes: bytes, complete: z.boolean() })
    .nullable(),
  risks: z.strictObject({ memoryLeak: risk, crash: risk, oom: risk, dataLoss: risk }),
  findings: z.array(
    z.object({
      id: z.string(),
      audit,
      priority: z.enum(['P0', 'P1', 'P2', 'P3']),
      title: z.string().min(1),
      subject,
      because: z.array(quote),
      fix: fix.nullable(),
    }),
  ),
  nextActions: z.strictObject({
    now: z.array(action),
    today: z.array(action),
    thisWeek: z.array(action),
    ongoing: z.array(action),
  }),
  nextCheckAt: time,
});

describe('the report as JSON', () => {
  const locales: readonly Locale[] = ['en', 'zh-CN'];
  const cases = Object.keys(stories).flatMap((name) => locales.map((locale) => [name, locale] as const));
  it.each(cases)('of %s in %s has every field of the contract', (name, locale) => {
    const text = reportToJson(reportOf(name), locale, wordsOf(audits));
    const result = contract.safeParse(JSON.parse(text));
    expect(result.error?.issues ?? []).toEqual([]);
    expect(/[\u{e000}-\u{e003}]/u.test(text.replace(/\\u[0-9a-f]{4}/g, '')) && name !== 'hostile-names').toBe(
      false,
    );
  });

  it('says null where it does not know', () => {
    const blind = JSON.parse(reportToJson(reportOf('blind-host'), 'en', wordsOf(audits)));
    expect([blind.host, blind.oomKills, blind.storage, blind.system.memory, blind.system.disks]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(blind.processes[0].treePssBytes).toBeNull();
  });

  it('differs between languages in sentences only', () => {
    const report = reportOf('sick-host');
    const facts = (locale: Locale) =>
      JSON.parse(reportToJson(report, locale, wordsOf(audits)), (key, value) =>
        ['locale', 'title', 'effect', 'remedy', 'reason', 'steps', 'verify', 'undo', 'expected'].includes(
          key,
        ) && typeof value !== 'object'
          ? undefined
          : key === 'steps'
            ? undefined
            : value,
      );
    expect(facts('zh-CN')).toEqual(facts('en'));
  });
});
