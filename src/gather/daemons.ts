import type { Host, Outcome } from '../host/host.ts';
import type { Gap, Why } from '../model/gap.ts';
import type { App, Daemon, DaemonState } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';
import type { Cleaner } from './clean.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { type Fields, isFields, parseJson } from './pm2/json-fields.ts';
import { pidTranslation } from './pm2/pid-namespace.ts';
import { type FoundHome, findHomes, type PasswdEntry, readPasswd } from './pm2/pm2-homes.ts';
import { decodeRecord } from './pm2/pm2-record.ts';
import { secretTeacher, shownTexts } from './pm2/pm2-secrets.ts';
import { RecordPieces } from './pm2/record-pieces.ts';
import { pageBytes, scanProcesses, startTimes } from './proc/process-scan.ts';

/** A daemon busy with a thousand apps answers within 0.1 s; five seconds are for a host that swaps. */
const timeoutMs = 5000;
/** About 10 KB an app with a large environment: room for six thousand. */
const replyMaxBytes = 64 * 1024 * 1024;

const states: { readonly [W in Why]: DaemonState } = {
  'not-found': 'dead',
  'permission-denied': 'denied',
  'timed-out': 'hung',
  'not-supported': 'malformed',
  truncated: 'malformed',
  malformed: 'malformed',
  'switched-off': 'malformed',
};

/** Which PM2 daemons there are, and the record each keeps of its apps. Only asks; never starts or changes one. */
export const daemons: Gatherer<'daemons'> = {
  key: 'daemons',
  sources: ['rpc.sock (getMonitorData)'],
  privilege: 'The user who runs PM2, its group, or root.',
  remedy: 'run-as-owner',
  after: [],
  budgetMs: 2 * timeoutMs + 2000,
  gather: (host, context) => gatherFrom(host, context, wholeList),
};

/**
 * The same for a process that stays: each record is parsed when it is looked at, three times in all. A list of some MB
 * would leave a heap behind that does not shrink again.
 */
export function gatherDaemonsLean(
  host: Host,
  context: GatherContext,
): ReturnType<Gatherer<'daemons'>['gather']> {
  return gatherFrom(host, context, listInPieces);
}

async function gatherFrom(
  host: Host,
  context: GatherContext,
  read: typeof wholeList,
): ReturnType<Gatherer<'daemons'>['gather']> {
  const passwd = readPasswd(host);
  const asked = context.options.homes;
  const homes = findHomes(host, asked, passwd);
  const replies = await Promise.all(homes.map((home) => ask(host, home, read)));
  // All secrets first: one home's password may stand in another's log path.
  const shown = new Set(homes.map((home) => home.path));
  for (const env of environmentsOf(replies)) for (const text of shownTexts(env)) shown.add(text);
  const teacher = secretTeacher(context.clean, [...shown]);
  for (const env of environmentsOf(replies)) teacher.teach(env);
  const listed = homes
    .map((home, index) => ({ home, reply: replies[index] ?? silent }))
    .filter(({ home, reply }) => reply.outcome.ok || home.foundBy.includes('--home') || hasTrace(host, home));
  const present = listed.filter(
    ({ home }) => home.stat.ok || home.stat.why === 'permission-denied' || home.pid !== null,
  );
  const found = present.map(({ home, reply }) => describe(host, home, reply, passwd, context.clean));
  const gaps = listed.flatMap(({ home, reply }) => gapsOf(home, reply, context.clean));
  const [first, ...rest] = gaps;
  if (present.length === 0) {
    return first === undefined
      ? unseen(noHome(host, homes, context.clean))
      : { seen: false, gaps: [first, ...rest] };
  }
  return {
    seen: true,
    value: found,
    source: ownWords('rpc.sock (getMonitorData)'),
    covers: { from: host.now(), to: host.now() },
    gaps,
  };
}

function* environmentsOf(replies: readonly Reply[]): Generator<Fields> {
  for (const { records } of replies) {
    for (const record of records)
      if (isFields(record) && isFields(record['pm2_env'])) yield record['pm2_env'];
  }
}

/** What a home answered: the list as PM2 gave it, empty unless `outcome.ok`. */
interface Reply {
  readonly outcome: Outcome<null>;
  readonly records: Iterable<unknown>;
  /** How many records there are, and how many of them are not those of an app. */
  readonly counts: { readonly all: number; readonly strange: number };
  readonly version: string | null;
}

const silent: Reply = {
  outcome: { ok: false, why: 'not-found', detail: '' },
  records: [],
  counts: { all: 0, strange: 0 },
  version: null,
};

/** The records of a home's list; undefined = the reply is not JSON, null = it is no list. */
async function wholeList(host: Host, socket: string): Promise<Outcome<Iterable<unknown> | null | undefined>> {
  const list = await host.pm2Call(socket, 'getMonitorData', { timeoutMs, maxBytes: replyMaxBytes });
  if (!list.ok) return list;
  const records = resultOf(list.value);
  return { ok: true, value: Array.isArray(records) || records === undefined ? records : null };
}

async function listInPieces(
  host: Host,
  socket: string,
): Promise<Outcome<Iterable<unknown> | null | undefined>> {
  const pieces = new RecordPieces();
  const onPiece = (bytes: Buffer): void => pieces.add(bytes);
  const list = await host.pm2Call(socket, 'getMonitorData', { timeoutMs, maxBytes: replyMaxBytes, onPiece });
  if (!list.ok) return list;
  // A host that knows no pieces gives the whole.
  if (list.value.length > 0) pieces.add(list.value);
  return { ok: true, value: pieces.records() };
}

async function ask(host: Host, home: FoundHome, read: typeof wholeList): Promise<Reply> {
  const [list, version] = await Promise.all([
    read(host, home.rpcSocket),
    host.pm2Call(home.rpcSocket, 'getVersion', { timeoutMs, maxBytes: 64 * 1024 }),
  ]);
  const named = version.ok ? resultOf(version.value) : undefined;
  const known = typeof named === 'string' ? named : home.titleVersion;
  if (!list.ok) return { ...silent, outcome: list, version: known };
  const records = list.value;
  if (records) {
    const counts = { all: 0, strange: 0 };
    for (const record of records) {
      counts.all += 1;
      if (!isFields(record) || !hasId(record)) counts.strange += 1;
    }
    return { outcome: { ok: true, value: null }, records, counts, version: known };
  }
  const detail = records === undefined ? 'the reply is not JSON' : 'the reply is not a list of processes';
  return { ...silent, outcome: { ok: false, why: 'malformed', detail }, version: known };
}

/** The result in `{"args":[result]}`; a bare list is taken as it is. undefined = an error or something else. */
function resultOf(reply: Buffer): unknown {
  const parsed = parseJson(reply);
  if (!isFields(parsed)) return parsed;
  const args = parsed['args'];
  return Array.isArray(args) ? args[0] : null;
}

/**
 * True where a daemon ran or left apps to bring back. A folder that a mistaken `sudo pm2` made, or one whose daemon was
 * stopped in order with nothing saved, is no blind spot.
 */
function hasTrace(host: Host, home: FoundHome): boolean {
  if (
    home.pid !== null ||
    (!home.stat.ok && home.stat.why === 'permission-denied' && home.foundBy.includes('PM2_HOME'))
  ) {
    return true;
  }
  if (host.stat(home.rpcSocket).ok || host.stat(`${home.path}/pm2.pid`).ok) return true;
  const dump = host.stat(`${home.path}/dump.pm2`);
  return dump.ok && dump.value.sizeBytes > 2;
}

function noHome(host: Host, homes: readonly FoundHome[], clean: Cleaner): Gap {
  const tried = homes.map((home) => {
    const outcome = home.stat.ok ? host.stat(home.rpcSocket) : home.stat;
    const why = outcome.ok ? 'not-found' : outcome.why;
    return {
      source: clean.text(home.path),
      why,
      detail: clean.text(outcome.ok ? 'no daemon' : outcome.detail),
    };
  });
  return {
    key: 'daemons',
    subject: ownWords('PM2 daemons'),
    why: 'not-found',
    tried: tried.slice(0, 8),
    remedy: 'start-pm2',
  };
}

function gapsOf(home: FoundHome, reply: Reply, clean: Cleaner): readonly Gap[] {
  const subject = clean.text(home.path);
  const source = clean.text(home.rpcSocket);
  const { outcome } = reply;
  if (outcome.ok) {
    const { all, strange } = reply.counts;
    if (strange === 0) return [];
    const detail = clean.text(`${strange} of ${all} records are not those of an app`);
    return [
      {
        key: 'daemons',
        subject,
        why: 'malformed',
        tried: [{ source, why: 'malformed', detail }],
        remedy: 'none',
      },
    ];
  }
  const detail = home.stat.ok || home.stat.why === 'permission-denied' ? outcome.detail : home.stat.detail;
  const remedies: { readonly [S in DaemonState]: Gap['remedy'] } = {
    online: 'none',
    dead: home.stat.ok ? 'start-pm2' : 'none',
    hung: 'restart-hung-daemon',
    denied: 'run-as-owner',
    malformed: 'none',
  };
  return [
    {
      key: 'daemons',
      subject,
      why: outcome.why,
      tried: [{ source, why: outcome.why, detail: clean.text(detail) }],
      remedy: remedies[states[outcome.why]],
    },
  ];
}

function hasId(record: { readonly [key: string]: unknown }): boolean {
  const env = record['pm2_env'];
  return record['pm_id'] !== undefined || (isFields(env) && env['pm_id'] !== undefined);
}

function describe(
  host: Host,
  home: FoundHome,
  reply: Reply,
  passwd: readonly PasswdEntry[],
  clean: Cleaner,
): Daemon {
  const path = clean.text(home.path);
  const pidHere = pidTranslation(host, home.pid);
  const apps: App[] = [];
  for (const record of reply.records) {
    const app = decodeRecord(record, { home: path, root: home.root, pidHere }, clean);
    if (app !== null) apps.push(app);
  }
  const owner = host.stat(home.pid === null ? `${home.path}/.` : `/proc/${home.pid}/.`);
  const uid = owner.ok ? owner.value.uid : home.stat.ok ? home.stat.value.uid : null;
  const user = passwd.find((entry) => entry.uid === uid)?.user ?? null;
  return {
    home: path,
    state: reply.outcome.ok ? 'online' : states[reply.outcome.why],
    pid: home.pid,
    user: user === null ? null : clean.text(user),
    uid,
    pm2Version: reply.version === null ? null : clean.text(reply.version, 40),
    nodeVersion: nodeVersionOf(host, home.pid, clean),
    ...processFigures(host, home.pid),
    foundBy: home.foundBy,
    apps: apps.filter((app) => !app.isModule),
    modules: apps.filter((app) => app.isModule),
  };
}

function processFigures(host: Host, pid: number | null): Pick<Daemon, 'rssBytes' | 'startedAt'> {
  const scan = pid === null ? null : scanProcesses(host, [pid]);
  const stat = scan?.values().next().value;
  if (scan === null || stat === undefined) return { rssBytes: null, startedAt: null };
  return { rssBytes: stat.rssPages * pageBytes(host), startedAt: startTimes(host, scan)(stat) };
}

/** From the path of its executable (`…/v20.20.2/bin/node`), or because it is the Node that runs us. null = cannot tell. */
function nodeVersionOf(host: Host, pid: number | null, clean: Cleaner): CleanText | null {
  const link = pid === null ? null : host.readLink(`/proc/${pid}/exe`);
  if (link === null || !link.ok) return null;
  const inPath = /\/(?:node[-_])?v?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:[-/])/.exec(link.value)?.[1];
  if (inPath !== undefined) return clean.text(inPath);
  const own = host.readLink('/proc/self/exe');
  return own.ok && own.value === link.value ? clean.text(host.nodeVersion) : null;
}
