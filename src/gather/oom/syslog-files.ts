import type { Host } from '../../host/host.ts';
import type { Attempt, Gap } from '../../model/gap.ts';
import type { EpochMs } from '../../model/text.ts';
import { ownWords } from '../clean.ts';
import type { GatherContext } from '../gatherer.ts';
import type { ReadSource } from './findings.ts';
import { createOomParser } from './parse.ts';
import { readLog } from './read-log.ts';

const folder = '/var/log';
/** Debian writes kern.log and syslog, Red Hat messages; the first that is there holds all of the kernel's lines. */
const families = ['kern.log', 'messages', 'syslog'] as const;
/** Of one file, from its end; of all files; and the time after which no further file is begun. */
const maxFileBytes = 64 * 1024 * 1024;
const maxAllBytes = 256 * 1024 * 1024;
const maxMs = 2000;

/** rsyslog and logrotate name rotated files `kern.log.1`, `kern.log.2.gz`, `messages-20261115`. */
function isOf(family: string, name: string): boolean {
  return (
    name === family ||
    (name.startsWith(family) && /^[.-]\d+(?:-\d+)?(?:\.gz)?$/.test(name.slice(family.length)))
  );
}

/**
 * The kernel's lines in the files of syslog, newest file first, until one reaches back to the window's start or to
 * what `known` sources cover no better.
 */
export async function readSyslogFiles(
  host: Host,
  context: GatherContext,
  windowFrom: EpochMs,
  known: EpochMs | null,
): Promise<{
  readonly read: readonly ReadSource[];
  readonly tried: readonly Attempt[];
  readonly gaps: readonly Gap[];
}> {
  const read: ReadSource[] = [];
  const tried: Attempt[] = [];
  const gaps: Gap[] = [];
  const names = host.list(folder);
  if (!names.ok)
    return {
      read,
      tried: [{ source: folder, why: names.why, detail: context.clean.text(names.detail) }],
      gaps,
    };
  const family = families.find((candidate) => names.value.some((name) => isOf(candidate, name)));
  if (family === undefined) {
    const detail = ownWords('no kern.log, messages or syslog');
    return {
      read,
      tried: [{ source: `${folder}/{kern.log,messages,syslog}`, why: 'not-found', detail }],
      gaps,
    };
  }
  const files = names.value
    .filter((name) => isOf(family, name))
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      const stat = host.stat(path);
      return stat.ok && stat.value.kind === 'file' ? [{ path, ...stat.value }] : [];
    })
    .filter(({ modifiedAt }) => modifiedAt >= windowFrom)
    .sort((a, b) => b.modifiedAt - a.modifiedAt);

  const started = host.monotonicMs();
  let bytes = 0;
  for (const { path, sizeBytes } of files) {
    if (bytes >= maxAllBytes || host.monotonicMs() - started > maxMs) {
      const detail = context.clean.text(`stopped after ${bytes} bytes`);
      gaps.push({
        key: 'oomLog',
        subject: context.clean.text(path),
        why: 'truncated',
        tried: [{ source: path, why: 'truncated', detail }],
        remedy: 'none',
      });
      break;
    }
    const file = host.open(path);
    if (!file.ok) {
      tried.push({ source: path, why: file.why, detail: context.clean.text(file.detail) });
      continue;
    }
    const source = context.clean.text(path);
    const now = host.now();
    const clock = { bootedAtMs: null, utcOffsetMinutes: host.utcOffsetMinutes(now), now };
    const parser = createOomParser(source, context.clean, clock);
    try {
      const from = Math.max(0, sizeBytes - maxFileBytes);
      const end = await readLog(file.value, parser, {
        from: path.endsWith('.gz') ? 0 : from,
        maxBytes: maxFileBytes,
      });
      bytes += end.bytes;
      const parse = parser.end();
      read.push({ source, parse, from: parse.coversFrom });
      const reached = parse.coversFrom ?? known;
      if (end.damaged !== null)
        tried.push({ source: path, why: 'truncated', detail: context.clean.text(end.damaged) });
      if (reached !== null && reached <= windowFrom) break;
    } finally {
      file.value.close();
    }
  }
  return { read, tried, gaps };
}
