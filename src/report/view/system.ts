import type { Cgroup, Disk, HostFacts } from '../../model/host.ts';
import { type Meter, meter } from '../chart/bars.ts';
import type { Judgement, Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { killsInWindow } from './kills.ts';
import { state } from './marks.ts';
import type { SystemRow, SystemView } from './model.ts';
import { type SystemWords, systemWords } from './words/system.ts';

/** Limits of contract section 4, as shares; `watch` and `warn` are the hairlines on the meters. */
const limits = {
  memory: { watch: 0.8, warn: 0.9 },
  swap: { watch: 0.6, warn: 0.9 },
  group: { watch: 0.8, warn: 0.9 },
  /** Share of 5 minutes in which some task waited for memory (Documentation/accounting/psi.rst; operating practice). */
  pressure: { watch: 0.1, warn: 0.4 },
  load: { watch: 0.7, warn: 1 },
  disk: { watch: 0.8, warn: 0.9 },
} as const;

type Level = 'ok' | 'watch' | 'warn';
interface Bounds {
  readonly watch: number;
  readonly warn: number;
}
const level = (ratio: number, bounds: Bounds): Level =>
  ratio >= bounds.warn ? 'warn' : ratio >= bounds.watch ? 'watch' : 'ok';

/** One row for each resource: value, meter, a state word and a judgement of one line. */
export function systemView(context: Context): SystemView {
  const { report, fmt } = context;
  const say = systemWords[context.locale](fmt);
  const { host } = report;
  return {
    lead: host === null ? say.unseen : say.lead(fmt.clock(report.takenAt)),
    plainLead: host === null ? say.unseen : say.plainLead(fmt.clock(report.takenAt)),
    rows: [
      ...(host === null
        ? [say.memory, say.swap, say.load].map((name) =>
            row(context, name, context.words.unknown, null, null, 'unknown', say.rowUnseen),
          )
        : [memoryRow(context, say, host), swapRow(context, say, host)]),
      ...limitRows(context, say),
      ...(host === null ? [] : [pressureRow(context, say, host), loadRow(context, say, host)]),
      ...(report.disks === null
        ? [row(context, say.disk(''), context.words.unknown, null, null, 'unknown', say.disksUnseen)]
        : report.disks.flatMap((disk) => diskRows(context, say, disk))),
    ],
  };
}

function row(
  context: Context,
  name: Prose,
  value: Prose,
  share: number | null,
  drawn: Meter | null,
  kind: Judgement,
  judgement: Prose,
  plain: Prose = judgement,
): SystemRow {
  return {
    name,
    value,
    share: share === null ? null : context.fmt.ratio(share),
    meter: drawn,
    // The bar shows the use of now; a bracket in red marks the peak where that is what the state is about.
    tone: drawn !== null && drawn.peak !== null ? '' : kind,
    hasPeak: drawn !== null && drawn.peak !== null,
    state: state(context, kind),
    judgement,
    plain,
  };
}

function memoryRow(context: Context, say: SystemWords, host: HostFacts): SystemRow {
  const { fmt } = context;
  const { totalBytes, availableBytes, freeBytes } = host.memory;
  const share = totalBytes > 0 ? (totalBytes - availableBytes) / totalBytes : 0;
  const kind = level(share, limits.memory);
  return row(
    context,
    say.memory,
    say.of(fmt.bytes(totalBytes - availableBytes), fmt.bytes(totalBytes)),
    share,
    draw(share, limits.memory),
    kind,
    say.memorySays(fmt.bytes(availableBytes), fmt.bytes(freeBytes), kind),
  );
}

function swapRow(context: Context, say: SystemWords, host: HostFacts): SystemRow {
  const { fmt, words } = context;
  const { totalBytes, usedBytes } = host.swap;
  if (totalBytes === 0) return row(context, say.swap, words.none, null, null, 'note', say.noSwap);
  const share = usedBytes / totalBytes;
  const { memory } = host;
  // A small swap that is full beside much free memory holds idle pages; contract section 4 calls that a note.
  const isIdle = memory.availableBytes / Math.max(1, memory.totalBytes) >= 0.5;
  const kind = level(share, limits.swap);
  const judged = kind !== 'ok' && isIdle ? 'note' : kind;
  return row(
    context,
    say.swap,
    say.of(fmt.bytes(usedBytes), fmt.bytes(totalBytes)),
    share,
    draw(share, limits.swap),
    judged,
    say.swapSays({
      state: judged,
      total: fmt.bytes(totalBytes),
      available: fmt.bytes(memory.availableBytes),
    }),
  );
}

function limitRows(context: Context, say: SystemWords): readonly SystemRow[] {
  const { report, fmt } = context;
  const seen = new Set<string>();
  const groups = report.cgroups.filter((group) => {
    const key = `${group.limitPath ?? group.path}`;
    if (group.limitBytes === null || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const rows = groups.map((group) => groupRow(context, say, group));
  const limit = report.host?.limit ?? null;
  const isShown = groups.some((group) => group.limitBytes === limit?.bytes);
  if (limit === null || isShown) return rows;
  const share = limit.usedBytes === null ? null : limit.usedBytes / limit.bytes;
  const kind = share === null ? 'unknown' : level(share, limits.group);
  return [
    ...rows,
    row(
      context,
      say.containerLimit,
      limit.usedBytes === null
        ? fmt.bytes(limit.bytes)
        : say.of(fmt.bytes(limit.usedBytes), fmt.bytes(limit.bytes)),
      share,
      share === null ? null : draw(share, limits.group),
      kind,
      kind === 'unknown'
        ? say.limitUnread
        : say.limitSays({ kills: 0, days: [], peak: null, state: kind, isDrawn: true }),
    ),
  ];
}

function groupRow(context: Context, say: SystemWords, group: Cgroup): SystemRow {
  const { report, fmt } = context;
  const limit = group.limitBytes ?? 0;
  const path = group.limitPath ?? group.path;
  const name = say.limitOf(fmt.name(path.split('/').findLast((part) => part !== '') ?? path));
  const kills = killsInWindow(report).filter(
    ({ kill }) =>
      kill.constraint === 'memcg' &&
      kill.oomMemcg !== null &&
      (kill.oomMemcg === path || kill.oomMemcg === group.path),
  );
  const days = [...new Set(kills.flatMap(({ kill }) => (kill.at === null ? [] : [fmt.date(kill.at)])))];
  const peak = group.peakBytes === null || limit === 0 ? null : group.peakBytes / limit;
  if (group.usedBytes === null || limit === 0)
    return row(
      context,
      name,
      fmt.bytes(limit),
      null,
      null,
      kills.length > 0 ? 'warn' : 'unknown',
      say.limitUnread,
    );
  const share = group.usedBytes / limit;
  const kind = kills.length > 0 ? 'warn' : level(share, limits.group);
  const isPeakTold = peak !== null && (kills.length > 0 || peak >= limits.group.watch);
  const told = {
    kills: kills.length,
    days,
    peak: isPeakTold && peak !== null ? fmt.ratio(Math.min(1, peak)) : null,
    state: kind,
  };
  return row(
    context,
    name,
    say.of(fmt.bytes(group.usedBytes), fmt.bytes(limit)),
    share,
    meter(share, limits.group.watch, limits.group.warn, isPeakTold ? peak : null),
    kind,
    say.limitSays({ ...told, isDrawn: true }),
    say.limitSays({ ...told, isDrawn: false }),
  );
}

function pressureRow(context: Context, say: SystemWords, host: HostFacts): SystemRow {
  const { fmt, words } = context;
  const pressure = host.pressure.memory;
  if (pressure === null)
    return row(context, say.pressure, words.unknown, null, null, 'unknown', say.pressureUnread);
  const share = pressure.some[2] / 100;
  const kind = level(share, limits.pressure);
  return row(
    context,
    say.pressure,
    say.pressureUnit,
    share,
    draw(share, limits.pressure),
    kind,
    say.pressureSays(
      pressure.some.map((value) => fmt.percent(value)),
      kind,
    ),
  );
}

function loadRow(context: Context, say: SystemWords, host: HostFacts): SystemRow {
  const share = host.load[0] / Math.max(1, host.cpus);
  const kind = level(share, limits.load);
  const shown = host.load.map((value) => value.toFixed(2));
  return row(
    context,
    say.load,
    say.loadValue(shown[0] ?? '', host.cpus),
    share,
    draw(share, limits.load),
    kind,
    say.loadSays(shown, kind),
  );
}

function diskRows(context: Context, say: SystemWords, disk: Disk): readonly SystemRow[] {
  const { fmt } = context;
  const kind = level(disk.usedRatio, limits.disk);
  const mount = fmt.name(disk.mount);
  const used = disk.totalBytes - disk.freeBytes;
  const rows = [
    row(
      context,
      say.disk(mount),
      say.of(fmt.bytes(used), fmt.bytes(disk.totalBytes)),
      disk.usedRatio,
      draw(disk.usedRatio, limits.disk),
      kind,
      say.diskSays(fmt.bytes(disk.freeBytes), kind, disk.holdsHome ? say.holdsHome : ''),
    ),
  ];
  const freeInodes = disk.freeInodesRatio;
  if (freeInodes === null) return rows;
  const inodes = level(1 - freeInodes, limits.disk);
  // A row of its own only where it matters: most disks run out of bytes first.
  return inodes === 'ok' && !disk.holdsHome
    ? rows
    : [
        ...rows,
        row(
          context,
          say.inodes(mount),
          say.inodesValue(fmt.ratio(freeInodes)),
          1 - freeInodes,
          draw(1 - freeInodes, limits.disk),
          inodes,
          say.inodesSays(fmt.ratio(freeInodes), inodes),
        ),
      ];
}

function draw(share: number, bounds: Bounds): Meter {
  return meter(share, bounds.watch, bounds.warn);
}
