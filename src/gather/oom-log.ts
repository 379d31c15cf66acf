import type { Host } from '../host/host.ts';
import type { Gathered } from '../model/gap.ts';
import type { OomLog } from '../model/oom.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { clockOf, commandMs, type Findings, fail, failureOf, gap, maxBytes, oldest } from './oom/findings.ts';
import { hasUserspaceKiller, readJournal } from './oom/journal-source.ts';
import { mergeKills, mergeUnconfirmed } from './oom/merge.ts';
import { createOomParser, parseOomText } from './oom/parse.ts';
import { readLog } from './oom/read-log.ts';
import { readSyslogFiles } from './oom/syslog-files.ts';

/** The first record of a buffer that has lost nothing may come a little after boot. */
const nearMs = 60_000;

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
