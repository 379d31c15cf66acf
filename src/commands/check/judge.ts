import { isNamed } from '../../analyze/mute.ts';
import { gapAudit } from '../../derive/gap-words.ts';
import type { Evidence, EvidenceKey } from '../../model/evidence.ts';
import type { Finding } from '../../model/finding.ts';
import type { Gap, Why } from '../../model/gap.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { ProcessRow, Report } from '../../model/report.ts';
import type { CheckState } from '../../report/check/output.ts';
import { type Question, reaches } from './question.ts';

/** Why a check cannot say OK. */
export type Blind =
  | {
      readonly kind: 'no-daemon';
      readonly tried: readonly { readonly source: string; readonly detail: string }[];
      readonly isDenied: boolean;
    }
  | { readonly kind: 'daemon'; readonly home: string; readonly detail: string; readonly isDenied: boolean }
  | {
      readonly kind: 'unseen';
      readonly key: EvidenceKey;
      readonly source: string;
      readonly detail: string;
      readonly isDenied: boolean;
    }
  | { readonly kind: 'audit-failed'; readonly audit: string }
  | { readonly kind: 'unknown-app'; readonly names: readonly string[] };

export interface Judgement {
  readonly state: CheckState;
  /** Findings that made the state, worst first; of the app alone where one was asked for. */
  readonly found: readonly Finding[];
  /** The other findings in question. */
  readonly below: readonly Finding[];
  readonly blind: readonly Blind[];
  /** `--app`: its instances; without it all apps. */
  readonly rows: readonly ProcessRow[];
  /** Homes of other users' daemons that were not read. */
  readonly others: readonly string[];
  /** `--app`: `none` runs, or not all do. */
  readonly running: 'all' | 'some' | 'none';
}

/** What an alarm can rest on. Without one of them silence proves nothing. */
const needed: readonly EvidenceKey[] = ['pm2Log', 'processes', 'host', 'disks', 'oomLog'];

/**
 * Answers: which state? A finding decides whatever else was not seen: CRITICAL, then WARNING. Without one, UNKNOWN where
 * something that could hold an alarm was not seen: never OK while blind for what was asked. An app that is asked for by name
 * and does not run is CRITICAL even where somebody stopped it by hand, which is no finding.
 */
export function judge(evidence: Evidence, report: Report, question: Question): Judgement {
  const rows = report.processes;
  const homes = homesOf(evidence, rows, question);
  const mine = report.findings.filter((finding) => isAsked(finding, evidence, question.app, homes));
  const found = mine.filter(({ priority }) => reaches(priority, question.warning));
  const below = mine.filter(({ priority }) => !reaches(priority, question.warning));
  const blind = blindness(evidence, report, question, homes);
  const running = question.app === null ? 'all' : runningOf(rows);
  const isLost = blind.some(({ kind }) => kind === 'no-daemon');
  const isCritical = found.some(
    // Without PM2 only what is said of PM2 itself is an answer.
    ({ priority, subject }) => reaches(priority, question.critical) && (!isLost || subject.kind === 'daemon'),
  );
  const state =
    isCritical || running === 'none'
      ? 'CRITICAL'
      : isLost
        ? 'UNKNOWN'
        : found.length > 0 || running === 'some'
          ? 'WARNING'
          : blind.length > 0
            ? 'UNKNOWN'
            : 'OK';
  return { state, found, below, blind, rows, running, others: othersUnread(evidence, question) };
}

/** The homes in question: those of the app, or all whose daemon answered. */
function homesOf(
  { items: { daemons } }: Evidence,
  rows: readonly ProcessRow[],
  { app }: Question,
): ReadonlySet<string> {
  if (app !== null) return new Set(rows.map((row) => row.app.ref.home));
  const known = daemons.seen ? daemons.value : [];
  return new Set(known.filter(({ state }) => state === 'online').map(({ home }) => home));
}

/** With `--app`, what the host suffers from is the host's own check: an alarm for each app would be the same alarm. */
function isAsked(
  { audit, subject }: Finding,
  evidence: Evidence,
  app: string | null,
  homes: ReadonlySet<string>,
): boolean {
  // What was not seen is told by `blindness`.
  if (audit === gapAudit) return false;
  if (app === null) return true;
  if (subject.kind === 'app') return isNamed(subject.app, app);
  if (subject.kind === 'apps') return subject.apps.some((one) => isNamed(one, app));
  if (subject.kind !== 'daemon') return false;
  // A daemon that is gone takes its apps with it: they are in its saved list, and in no other.
  return homes.has(subject.home) || (homes.size === 0 && isSaved(evidence, subject.home, app));
}

function isSaved({ items: { pm2Files } }: Evidence, home: string, app: string): boolean {
  if (!pm2Files.seen) return false;
  const saved = pm2Files.value.find((files) => files.home === home)?.dump?.apps ?? [];
  return saved.some(({ name }) => name === app);
}

function runningOf(rows: readonly ProcessRow[]): Judgement['running'] {
  const down = rows.filter((row) => !isUp(row));
  return rows.length === 0 || down.length === 0 ? 'all' : down.length === rows.length ? 'none' : 'some';
}

/** One that cron starts again has ended its work, and rests until then. One that PM2 is starting is not down. */
const isUp = ({ app }: ProcessRow): boolean =>
  app.status === 'online' ||
  app.status === 'launching' ||
  (app.settings.cronRestart !== null && app.status === 'stopped');

function blindness(
  evidence: Evidence,
  report: Report,
  question: Question,
  homes: ReadonlySet<string>,
): readonly Blind[] {
  const failed = report.verdicts.filter(({ outcome }) => outcome === 'error');
  return [
    ...unreadDaemons(evidence, question, homes),
    ...unseenKeys(evidence, question),
    ...unseenLogs(evidence, question, homes),
    ...failed.map(({ audit }): Blind => ({ kind: 'audit-failed', audit })),
  ];
}

function unreadDaemons(
  { items: { daemons } }: Evidence,
  { app }: Question,
  homes: ReadonlySet<string>,
): readonly Blind[] {
  const known = daemons.seen ? daemons.value : [];
  if (!known.some(({ state }) => state === 'online')) {
    const tried = daemons.gaps.flatMap((gap) => gap.tried);
    const isDenied = daemons.gaps.some(({ why }) => why === 'permission-denied');
    return [{ kind: 'no-daemon', tried: tried.map(({ source, detail }) => ({ source, detail })), isDenied }];
  }
  // The app was found: other daemons were not asked for.
  if (app !== null && homes.size > 0) return [];
  const silent = daemons.gaps.flatMap((gap): readonly Blind[] => {
    const daemon = known.find(({ home }) => home === gap.subject);
    // A dead one that nobody named is a finding, or the leftover of a user who runs none.
    if (daemon?.state === 'dead' && !isNamedHome(daemon)) return [];
    // Without --home the question is about the daemons this user may read; `othersUnread` names the rest.
    if (daemon?.state === 'denied' && !isNamedHome(daemon) && app === null) return [];
    const isDenied = gap.why === 'permission-denied';
    return [{ kind: 'daemon', home: gap.subject, detail: gap.tried[0]?.detail ?? gap.why, isDenied }];
  });
  if (app === null) return silent;
  const names = known.flatMap((daemon) => daemon.apps.map(({ ref }) => ref.name));
  return [{ kind: 'unknown-app', names: [...new Set(names)] }, ...silent];
}

const isNamedHome = ({ foundBy }: Daemon): boolean => foundBy.includes('--home');

/** Homes of daemons that this user may not read and that nobody named: an OK does not speak for them, and says so. */
function othersUnread({ items: { daemons } }: Evidence, { app }: Question): readonly string[] {
  if (!daemons.seen || app !== null) return [];
  return daemons.value
    .filter((daemon) => daemon.state === 'denied' && !isNamedHome(daemon))
    .map(({ home }) => home);
}

function unseenKeys(evidence: Evidence, { without }: Question): readonly Blind[] {
  return needed.flatMap((key): readonly Blind[] => {
    const item = evidence.items[key];
    if (item.seen || without.includes(key) || (key === 'oomLog' && noKillSinceBoot(evidence))) return [];
    const [gap] = item.gaps;
    return [unseen(key, gap.tried[0]?.source ?? key, gap)];
  });
}

const unseen = (key: EvidenceKey, source: string, { tried, why }: Gap): Blind => ({
  kind: 'unseen',
  key,
  source,
  detail: tried[0]?.detail ?? why,
  isDenied: why === 'permission-denied',
});

/** One home's log that cannot be read hides that home's restarts, even where another home's can. */
function unseenLogs(
  { items: { pm2Log } }: Evidence,
  { without }: Question,
  homes: ReadonlySet<string>,
): readonly Blind[] {
  if (!pm2Log.seen || without.includes('pm2Log')) return [];
  const inPart: readonly Why[] = ['truncated', 'malformed', 'switched-off'];
  const paths = new Set([...homes].map((home) => `${home}/pm2.log`));
  return pm2Log.gaps
    .filter(({ subject, why }) => !inPart.includes(why) && paths.has(subject))
    .map((gap) => unseen('pm2Log', gap.subject, gap));
}

/** The kernel counts its kills apart from its log: at 0 the log holds none. Other systems have no OOM killer. */
function noKillSinceBoot({ items: { oomCounters, host } }: Evidence): boolean {
  if (host.seen && host.value.platform !== 'linux') return true;
  return oomCounters.seen && oomCounters.value.sinceBoot === 0;
}
