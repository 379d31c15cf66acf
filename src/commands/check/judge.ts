import { isNamed } from '../../analyze/mute.ts';
import { gapAudit } from '../../derive/gap-words.ts';
import { type Evidence, type EvidenceKey, evidenceKeys } from '../../model/evidence.ts';
import type { Finding } from '../../model/finding.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { ProcessRow, Report } from '../../model/report.ts';
import type { CheckState } from '../../report/check/output.ts';
import { type Question, reaches } from './question.ts';

/** Why a check cannot say OK. */
export type Blind =
  | {
      readonly kind: 'no-daemon';
      readonly tried: readonly { readonly source: string; readonly detail: string }[];
    }
  | { readonly kind: 'daemon'; readonly home: string; readonly state: Daemon['state'] }
  | { readonly kind: 'unseen'; readonly key: EvidenceKey; readonly source: string; readonly detail: string }
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
  /** `--app`: `none` runs, or not all do. */
  readonly running: 'all' | 'some' | 'none';
}

/** What an alarm can rest on. Without one of them silence proves nothing. */
const needed: readonly EvidenceKey[] = ['daemons', 'pm2Log', 'processes', 'host', 'disks', 'oomLog'];

/**
 * Answers: which state? A finding decides whatever else was not seen: CRITICAL, then WARNING. Without one, UNKNOWN where
 * something that could hold an alarm was not seen: never OK while blind for what was asked. An app that is asked for by name
 * and does not run is CRITICAL even where somebody stopped it by hand, which is no finding.
 */
export function judge(evidence: Evidence, report: Report, question: Question): Judgement {
  const rows = report.processes;
  const homes = new Set<string>(rows.map(({ app }) => app.ref.home));
  const mine = report.findings.filter((finding) => isAsked(finding, evidence, question.app, homes));
  const found = mine.filter(({ priority }) => reaches(priority, question.warning));
  const below = mine.filter(({ priority }) => !reaches(priority, question.warning));
  const blind = blindness(evidence, report, question, homes);
  const running = question.app === null ? 'all' : runningOf(rows);
  const isCritical = found.some(({ priority }) => reaches(priority, question.critical));
  const state =
    isCritical || running === 'none'
      ? 'CRITICAL'
      : found.length > 0 || running === 'some'
        ? 'WARNING'
        : blind.length > 0
          ? 'UNKNOWN'
          : 'OK';
  return { state, found, below, blind, rows, running };
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

/** One that cron starts again has ended its work, and rests until then. */
const isUp = ({ app }: ProcessRow): boolean =>
  app.status === 'online' || (app.settings.cronRestart !== null && app.status === 'stopped');

function blindness(
  evidence: Evidence,
  report: Report,
  { app, without }: Question,
  homes: ReadonlySet<string>,
): readonly Blind[] {
  const { daemons } = evidence.items;
  const known = daemons.seen ? daemons.value : [];
  const blind: Blind[] = [];
  if (!known.some(({ state }) => state === 'online')) {
    const tried = daemons.gaps.flatMap((gap) => gap.tried);
    blind.push({ kind: 'no-daemon', tried: tried.map(({ source, detail }) => ({ source, detail })) });
  } else {
    for (const { home, state, foundBy } of known) {
      // The app was found; other daemons were not asked for. A dead one is a finding, unless it was named and has none.
      const isSilent = state === 'dead' ? foundBy.includes('--home') : state !== 'online';
      if (isSilent && homes.size > 0 && app !== null) continue;
      if (isSilent) blind.push({ kind: 'daemon', home, state });
    }
    if (app !== null && report.processes.length === 0) {
      const names = known.flatMap((daemon) => daemon.apps.map(({ ref }) => ref.name));
      blind.unshift({ kind: 'unknown-app', names: [...new Set(names)] });
    }
  }
  for (const key of evidenceKeys) {
    const item = evidence.items[key];
    if (key === 'daemons' || !needed.includes(key) || without.includes(key) || item.seen) continue;
    if (key === 'oomLog' && noKillSinceBoot(evidence)) continue;
    const attempt = item.gaps[0].tried[0];
    const source = attempt?.source ?? key;
    blind.push({ kind: 'unseen', key, source, detail: attempt?.detail ?? item.gaps[0].why });
  }
  for (const { audit, outcome } of report.verdicts)
    if (outcome === 'error') blind.push({ kind: 'audit-failed', audit });
  return blind;
}

/** The kernel counts its kills apart from its log: at 0 the log holds none. Other systems have no OOM killer. */
function noKillSinceBoot({ items: { oomCounters, host } }: Evidence): boolean {
  if (host.seen && host.value.platform !== 'linux') return true;
  return oomCounters.seen && oomCounters.value.sinceBoot === 0;
}
