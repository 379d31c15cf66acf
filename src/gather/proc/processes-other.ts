import type { Host } from '../../host/host.ts';
import { type OtherSystem, otherSystem } from '../../host/other-systems.ts';
import type { Gathered } from '../../model/gap.ts';
import type { ProcessTable } from '../../model/process.ts';
import { ownWords } from '../clean.ts';
import { type GatherContext, unseen } from '../gatherer.ts';

/** The process table of systems without /proc: pid, parent, name, RSS and CPU; everything else is null. */
export async function otherProcesses(
  host: Host,
  context: GatherContext,
  system: OtherSystem = otherSystem,
): Promise<Gathered<ProcessTable>> {
  const source = 'systeminformation';
  const rows = await system.processes();
  const now = host.now();
  if (!rows.ok || rows.value.length === 0) {
    const [why, detail] = rows.ok
      ? (['not-found', 'an empty list'] as const)
      : ([rows.why, rows.detail] as const);
    return unseen({
      key: 'processes',
      subject: ownWords('processes'),
      why,
      tried: [{ source, why, detail: context.clean.text(detail) }],
      remedy: 'linux-only',
    });
  }
  return {
    seen: true,
    value: {
      partial: true,
      processes: rows.value.map((row) => ({
        pid: row.pid,
        ppid: row.ppid,
        comm: context.clean.text(row.name, 64),
        state: row.state.slice(0, 1).toUpperCase(),
        uid: null,
        sessionId: 0,
        startedAt: row.startedAt ?? now,
        threads: 0,
        rssBytes: row.rssBytes,
        pssBytes: null,
        swapBytes: null,
        openFiles: null,
        cpuMs: 0,
        cpuPercent: row.cpuPercent,
        mark: null,
        oomScoreAdj: null,
      })),
    },
    source: ownWords(source),
    covers: { from: now, to: now },
    gaps: [
      {
        key: 'processes',
        subject: ownWords('PSS, swap, open files and PM2 marks'),
        why: 'not-supported',
        tried: [
          {
            source: '/proc',
            why: 'not-supported',
            detail: context.clean.text(`${host.platform} has no /proc`),
          },
        ],
        remedy: 'linux-only',
      },
    ],
  };
}
