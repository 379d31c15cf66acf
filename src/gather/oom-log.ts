import type { CommandResult, Host, Outcome } from '../host/host.ts';
import type { Attempt, Gap, Gathered } from '../model/gap.ts';
import type { OomLog } from '../model/oom.ts';
import type { CleanText, EpochMs } from '../model/text.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { journalSpan } from './journal-span.ts';
import type { LogClock } from './oom/calendar.ts';
import { mergeKills, mergeUnconfirmed } from './oom/merge.ts';
import { createOomParser, type OomParse, parseOomText } from './oom/parse.ts';
import { readLog } from './oom/read-log.ts';
import { readSyslogFiles } from './oom/syslog-files.ts';

const maxBytes = 64 * 1024 * 1024;
const commandMs = 5000;
/** The first record of a buffer that has lost nothing may come a little after boot. */
const nearMs = 60_000;

/** One source that answered: what it says, and since when it speaks. */
export interface ReadSource {
  readonly source: CleanText;
  readonly parse: OomParse;
  readonly from: EpochMs | null;
}

interface Findings {
  readonly read: ReadSource[];
  readonly tried: Attempt[];
  readonly gaps: Gap[];
}

/**
 * OOM kills on this host: the kernel's buffer, and where that does not reach back to the window's start, the journal or
 * the files of syslog. Kills by user-space killers stand in the journal only. An entry a killed process, whichever
 * sources name it. `covers.from` is the oldest time a kernel log was read for: kills before it are not seen.
 */
export const oomLog: Gatherer<'oomLog'> = {
  key: 'oomLog',
  sources: ['/dev/kmsg', 'dmesg', 'journalctl -k', '/var/log/{kern.log,messages,syslog}*'],
  privilege:
    'root, or CAP_SYSLOG for the kernel buffer and the group systemd-journal or adm for journal and files.',
  remedy: 'read-kernel-log',
  after: ['daemons'],
  budgetMs: 8000,
  async gather(host, context) {
    const found: Findings = { read: [], tried: [], gaps: [] };
    if (context.options.kernelLogs.length > 0) {
      for (const path of context.options.kernelLogs) await readNamed(host, context, path, found);
      return whole(host, context, found);
    }
    if (host.platform !== 'linux') {
      const detail = context.clean.text(`${host.platform} has no OOM killer of this kind`);
      const tried = [{ source: '/dev/kmsg', why: 'not-supported' as const, detail }];
      return unseen({
        key: 'oomLog',
        subject: ownWords('kernel log'),
        why: 'not-supported',
        tried,
        remedy: 'linux-only',
      });
    }
    readBuffer(host, context, found);
    if (found.read.length === 0) await readDmesg(host, context, found);
    const { from } = context.options.window;
    const isShort = (): boolean => oldest(found) === null || (oldest(found) ?? 0) > from + nearMs;
    if (isShort() || hasUserspaceKiller(host)) await readJournal(host, context, found, isShort());
    if (isShort()) {
      const files = await readSyslogFiles(host, context, from, oldest(found));
      found.read.push(...files.read);
      found.tried.push(...files.tried);
      found.gaps.push(...files.gaps);
    }
    return whole(host, context, found);
  },
};

/** Wall clock now minus the monotonic clock: unlike btime exact to the millisecond, and right after a suspend. */
export function clockOf(host: Host): LogClock {
  const now = host.now();
  return { bootedAtMs: now - host.monotonicMs(), utcOffsetMinutes: host.utcOffsetMinutes(now), now };
}

function oldest(found: Findings): EpochMs | null {
  const starts = found.read.flatMap(({ from }) => (from === null ? [] : [from]));
  return starts.length === 0 ? null : Math.min(...starts);
}

function fail(
  context: GatherContext,
  found: Findings,
  source: string,
  why: Attempt['why'],
  detail: string,
): void {
  found.tried.push({ source, why, detail: context.clean.text(detail.trim() || 'no output', 300) });
}

function readBuffer(host: Host, context: GatherContext, found: Findings): void {
  const messages = host.kernelMessages(maxBytes);
  if (!messages.ok) {
    fail(context, found, '/dev/kmsg', messages.why, messages.detail);
    return;
  }
  const { text } = messages.value;
  const source = ownWords('/dev/kmsg');
  const clock = clockOf(host);
  const parse = parseOomText(text, source, context.clean, clock);
  // Sequence numbers count from 0 at boot: nothing was overwritten yet.
  const first = /^\d+,(\d+),/.exec(text.toString('latin1', 0, 64));
  const from = first !== null && Number(first[1]) === 0 ? clock.bootedAtMs : parse.coversFrom;
  found.read.push({ source, parse, from });
}

/** `-r` keeps the facility, which tells the kernel's lines from those of others. */
async function readDmesg(host: Host, context: GatherContext, found: Findings): Promise<void> {
  for (const args of [['-r'], []]) {
    const name = ['dmesg', ...args].join(' ');
    const result = await host.run('dmesg', args, { timeoutMs: commandMs, maxBytes });
    const failure = failureOf(result);
    if (!result.ok || failure !== null) {
      fail(context, found, name, failure?.why ?? 'malformed', failure?.detail ?? '');
      if (failure?.why !== 'malformed') return;
      continue;
    }
    const source = ownWords('dmesg');
    const parse = parseOomText(result.value.stdout, source, context.clean, clockOf(host));
    found.read.push({ source, parse, from: parse.coversFrom });
    return;
  }
}

function failureOf(
  result: Outcome<CommandResult>,
): { readonly why: Attempt['why']; readonly detail: string } | null {
  if (!result.ok) return result;
  const { code, stdout, stderr } = result.value;
  if (stdout.length > 0 && (code === 0 || code === null)) return null;
  if (/not permitted|permission denied|insufficient permissions|not seeing messages from/i.test(stderr))
    return { why: 'permission-denied', detail: stderr };
  return code === 0 || code === null ? null : { why: 'malformed', detail: stderr };
}

/** systemd-oomd, earlyoom and nohang run as units; only then their lines are worth a look into the journal. */
function hasUserspaceKiller(host: Host): boolean {
  return ['/sys/fs/cgroup/system.slice', '/sys/fs/cgroup/systemd/system.slice'].some((folder) => {
    const names = host.list(folder);
    return (
      names.ok &&
      names.value.some((name) => /^(?:systemd-oomd|earlyoom|nohang(?:-desktop)?)\.service$/.test(name))
    );
  });
}

const userspaceMatches = [
  'SYSLOG_IDENTIFIER=systemd-oomd',
  '+',
  'SYSLOG_IDENTIFIER=earlyoom',
  '+',
  'SYSLOG_IDENTIFIER=nohang',
  '+',
  // sd-messages.h: a unit hit by systemd-oomd, by the kernel's OOM killer.
  '_PID=1',
  'MESSAGE_ID=d989611b15e44c9dbf31e3c81256e4ed',
  '+',
  '_PID=1',
  'MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef',
];
const wantedFields =
  'MESSAGE,_TRANSPORT,SYSLOG_FACILITY,SYSLOG_IDENTIFIER,PRIORITY,_SOURCE_MONOTONIC_TIMESTAMP';
/** Lines of a dump that tell something; the rest (registers, zones) stays in the journal. Needs systemd 237 with PCRE2. */
const wantedLines =
  '[Kk]ill|oom|OOM|Task|memory: usage|stats for|PID: |Pid: |SIGTERM|SIGKILL|badness|dryrun|^\\[ *(pid|[0-9]+) *\\]';

/** All boots: matches by field, unlike `-k`, do not stop at this boot. */
async function readJournal(
  host: Host,
  context: GatherContext,
  found: Findings,
  withKernel: boolean,
): Promise<void> {
  const { folders, from: journalFrom } = journalSpan(host);
  const source = ownWords('systemd journal');
  if (folders.length === 0) {
    fail(context, found, 'journalctl -k', 'not-found', 'no journal is kept');
    return;
  }
  const known = oldest(found);
  const isOlder = withKernel && (journalFrom === null || known === null || journalFrom < known);
  const matches = [...(isOlder ? ['_TRANSPORT=kernel', '+'] : []), ...userspaceMatches];
  const base = [
    '--no-pager',
    '-q',
    '-o',
    'json',
    '--since',
    `@${Math.floor(context.options.window.from / 1000)}`,
  ];
  const limits = { timeoutMs: commandMs, maxBytes };
  let result = await host.run(
    'journalctl',
    [...base, `--output-fields=${wantedFields}`, `--grep=${wantedLines}`, ...matches],
    limits,
  );
  if (result.ok && /unrecognized option|invalid option|pattern matching/i.test(result.value.stderr))
    result = await host.run('journalctl', [...base, ...matches], limits);
  // Nothing found ends with code 1 and no words.
  const isEmpty = result.ok && result.value.stdout.length === 0 && result.value.stderr.trim() === '';
  const failure = isEmpty ? null : failureOf(result);
  if (!result.ok || failure !== null) {
    fail(context, found, 'journalctl -k', failure?.why ?? 'malformed', failure?.detail ?? '');
    return;
  }
  const parse = parseOomText(result.value.stdout, source, context.clean, clockOf(host));
  const { window } = context.options;
  const from = isOlder ? Math.max(window.from, journalFrom ?? parse.coversFrom ?? window.to) : null;
  found.read.push({ source, parse, from });
  if (result.value.truncated)
    found.gaps.push(gap(context, found, 'truncated', `the first ${maxBytes} bytes were read`));
}

async function readNamed(host: Host, context: GatherContext, path: string, found: Findings): Promise<void> {
  const file = host.open(path);
  if (!file.ok) {
    fail(context, found, path, file.why, file.detail);
    found.gaps.push({
      key: 'oomLog',
      subject: context.clean.text(path),
      why: file.why,
      tried: found.tried.slice(-1),
      remedy: 'read-kernel-log',
    });
    return;
  }
  const source = context.clean.text(path);
  // A file may come from another machine: uptimes in it say nothing about our clock.
  const parser = createOomParser(source, context.clean, { ...clockOf(host), bootedAtMs: null });
  try {
    const { damaged } = await readLog(file.value, parser);
    const parse = parser.end();
    found.read.push({ source, parse, from: parse.coversFrom });
    if (damaged !== null) {
      fail(context, found, path, 'truncated', damaged);
      found.gaps.push({
        key: 'oomLog',
        subject: source,
        why: 'truncated',
        tried: found.tried.slice(-1),
        remedy: 'none',
      });
    }
  } finally {
    file.value.close();
  }
}

function gap(context: GatherContext, found: Findings, why: Gap['why'], detail: string): Gap {
  const tried =
    found.tried.length > 0
      ? [...found.tried]
      : [{ source: 'kernel log', why, detail: context.clean.text(detail) }];
  return { key: 'oomLog', subject: ownWords('kernel log'), why, tried, remedy: 'persistent-journal' };
}

function whole(host: Host, context: GatherContext, found: Findings): Gathered<OomLog> {
  const [first] = found.read;
  if (first === undefined) {
    const worst = found.tried.find(({ why }) => why === 'permission-denied') ?? found.tried[0];
    const named = context.options.kernelLogs.length > 0;
    return unseen({
      key: 'oomLog',
      subject: ownWords('kernel log'),
      why: worst?.why ?? 'not-found',
      tried: found.tried,
      remedy: named ? 'none' : 'read-kernel-log',
    });
  }
  const logs = found.read.map(({ parse }) => parse);
  const kills = mergeKills(logs.map((log) => log.kills));
  const from = oldest(found);
  const wanted = context.options.window.from;
  const gaps = [...found.gaps];
  if (context.options.kernelLogs.length === 0 && (from === null || from > wanted + nearMs))
    gaps.push(gap(context, found, 'truncated', 'the oldest records are gone'));
  const ends = logs.flatMap((log) => (log.coversTo === null ? [] : [log.coversTo]));
  const to =
    context.options.kernelLogs.length === 0 ? host.now() : ends.length === 0 ? null : Math.max(...ends);
  return {
    seen: true,
    value: {
      kills,
      unconfirmed: mergeUnconfirmed(
        logs.map((log) => log.unconfirmed),
        kills,
      ),
      unitLines: logs.flatMap((log) => log.unitLines),
    },
    source: context.clean.text(found.read.map(({ source }) => source).join(', ')),
    covers: { from, to },
    gaps,
  };
}
