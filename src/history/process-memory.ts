import type { SampledProcess } from '../model/history.ts';
import type { PastProcess, PastProcesses } from '../model/past.ts';
import type { EpochMs } from '../model/text.ts';
import type { Database, Row } from './driver.ts';
import { appOf, isStoredText, type SubjectNumbers } from './subjects.ts';

const roles = ['main', 'child', 'daemon'] as const satisfies readonly PastProcess['role'][];

/** Written again only when RSS moved by this share and this much: a row a second would wear out a small disk. */
const rssShare = 8;
const rssStep = 1024 * 1024;
/** Start times are computed from the boot time, which a time service may shift a little. */
const sameStartMs = 2000;

interface Known {
  readonly id: number;
  readonly startedAt: EpochMs | null;
  readonly print: string;
  readonly rssBytes: number;
  readonly latestRssBytes: number;
}

/** Which process was whose. Call `see` inside the transaction of its sample; after a rollback `forget`. */
export interface ProcessMemory {
  see(at: EpochMs, processes: readonly SampledProcess[], run: number, runsBefore: EpochMs): void;
  /** The collector ends: all it saw alive was alive until `at`, the last sample. */
  forget(): void;
}

export function processMemory(database: Database, subjects: SubjectNumbers): ProcessMemory {
  let alive: Map<number, Known> | null = null;
  let seenAt: EpochMs | null = null;
  const texts = new Map<string, number>();

  const load = (): Map<number, Known> =>
    new Map(
      database
        .prepare('SELECT * FROM process WHERE run IS NOT NULL ORDER BY id')
        .all()
        .map((row) => [
          Number(row['pid']),
          {
            id: Number(row['id']),
            startedAt: typeof row['started_at'] === 'number' ? row['started_at'] : null,
            print: '',
            rssBytes: Number(row['rss']),
            latestRssBytes: Number(row['rss']),
          },
        ]),
    );

  const textId = (value: string): number => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    database.prepare('INSERT INTO text (value) VALUES (?) ON CONFLICT (value) DO NOTHING').run(value);
    const id = Number(database.prepare('SELECT id FROM text WHERE value = ?').all(value)[0]?.['id']);
    if (texts.size > 5000) texts.clear();
    texts.set(value, id);
    return id;
  };

  const end = (process: Known, at: EpochMs): void => {
    database
      .prepare('UPDATE process SET run = NULL, last_seen = max(first_seen, ?), rss = ? WHERE id = ?')
      .run(at, process.latestRssBytes, process.id);
  };

  return {
    see(at, processes, run, before) {
      const known = alive ?? load();
      const now = new Map<number, Known>();
      const lastSeen = seenAt ?? before;
      for (const process of processes) {
        const old = known.get(process.pid);
        const isSame = old !== undefined && isSameStart(old.startedAt, process.startedAt);
        const print = printOf(process);
        if (isSame && old.print === print && !hasMoved(old.rssBytes, process.rssBytes)) {
          now.set(process.pid, { ...old, latestRssBytes: process.rssBytes });
          continue;
        }
        const row = [
          process.ppid,
          process.uid,
          roles.indexOf(process.role),
          process.app === null ? null : subjects.of({ kind: 'app', app: process.app }),
          textId(process.home),
          textId(process.comm),
          process.cgroup === null ? null : textId(process.cgroup),
          process.rssBytes,
          run,
        ];
        let id = isSame ? old.id : 0;
        if (isSame) {
          database
            .prepare(
              `UPDATE process SET ppid = ?, uid = ?, role = ?, subject = ?, home = ?, comm = ?, cgroup = ?, rss = ?, run = ?
                WHERE id = ?`,
            )
            .run(...row, id);
        } else {
          if (old !== undefined) end(old, lastSeen);
          const added = database
            .prepare(
              `INSERT INTO process
                (ppid, uid, role, subject, home, comm, cgroup, rss, run, pid, started_at, first_seen, last_seen)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
            )
            .all(...row, process.pid, process.startedAt, at, at);
          id = Number(added[0]?.['id']);
        }
        now.set(process.pid, {
          id,
          startedAt: process.startedAt,
          print,
          rssBytes: process.rssBytes,
          latestRssBytes: process.rssBytes,
        });
      }
      for (const [pid, old] of known) if (!now.has(pid)) end(old, lastSeen);
      alive = now;
      seenAt = at;
    },
    forget() {
      alive = null;
      seenAt = null;
      texts.clear();
    },
  };
}

function printOf({ ppid, uid, role, app, home, comm, cgroup }: SampledProcess): string {
  return [ppid, uid, role, app?.pmId, app?.name, app?.namespace, home, comm, cgroup].join('\n');
}

function isSameStart(a: EpochMs | null, b: EpochMs | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= sameStartMs;
}

function hasMoved(before: number, now: number): boolean {
  return Math.abs(now - before) >= Math.max(rssStep, before / rssShare);
}

/**
 * Processes that some sample saw between `from` and `to`. One that was never seen to end was alive until the last sample
 * of its run, `lastAt`. null = nothing was sampled in that time.
 */
export function readProcesses(
  database: Database,
  span: { readonly from: EpochMs; readonly to: EpochMs },
  kept: { readonly firstAt: EpochMs; readonly lastAt: EpochMs; readonly everyMs: number } | null,
  pid?: number,
): PastProcesses | null {
  if (kept === null || span.to < kept.firstAt || span.from > kept.lastAt) return null;
  const rows = database
    .prepare(
      `SELECT p.pid, p.ppid, p.started_at, p.uid, p.role, p.first_seen, p.rss, p.subject,
          CASE WHEN p.run IS NULL THEN p.last_seen ELSE max(p.first_seen, coalesce(r.ended_at, ?)) END AS seen_until,
          s.home, s.pm_id, s.name, s.namespace, h.value AS owner, c.value AS comm, g.value AS cgroup
        FROM process p
        LEFT JOIN run r ON r.id = p.run LEFT JOIN subject s ON s.id = p.subject
        JOIN text h ON h.id = p.home JOIN text c ON c.id = p.comm LEFT JOIN text g ON g.id = p.cgroup
        WHERE p.first_seen <= ? AND seen_until >= ? AND (? IS NULL OR p.pid = ?)
        ORDER BY p.id`,
    )
    .all(kept.lastAt, span.to, span.from, pid ?? null, pid ?? null);
  return {
    from: Math.max(span.from, kept.firstAt),
    to: Math.min(span.to, kept.lastAt),
    everyMs: kept.everyMs,
    processes: rows.flatMap((row) => pastOf(row) ?? []),
  };
}

function pastOf(row: Row): PastProcess | null {
  const { owner: home, comm, cgroup, started_at: startedAt, uid } = row;
  const role = roles[Number(row['role'])];
  if (!isStoredText(home) || !isStoredText(comm) || role === undefined) return null;
  return {
    pid: Number(row['pid']),
    ppid: Number(row['ppid']),
    startedAt: typeof startedAt === 'number' ? startedAt : null,
    home,
    app: appOf(row),
    role,
    comm,
    uid: typeof uid === 'number' ? uid : null,
    cgroup: isStoredText(cgroup) ? cgroup : null,
    firstSeen: Number(row['first_seen']),
    lastSeen: Number(row['seen_until']),
    rssBytes: Number(row['rss']),
  };
}
