import { existsSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { pad } from '../../report/format.ts';
import type { Terminal } from '../../terminal.ts';
import { cronRuns } from './cron-daemon.ts';
import { parseCron } from './cron-expression.ts';
import type { CrontabAnswer } from './crontab.ts';
import { type Installed, installedSchedules } from './installed.ts';
import type { Setting } from './plan.ts';
import { moduleRecords, readRecord, recordFolder, type ScheduleRecord } from './run-record.ts';
import { lastTime, nextTimes } from './run-times.ts';
import { runWords } from './run-words.ts';
import { holderOf } from './turn.ts';
import { when, zoneName } from './when.ts';

/** A schedule of the PM2 module stands in PM2's settings; only its record tells of it. */
type Shown = Omit<Installed, 'by'> & { readonly by: Installed['by'] | 'pm2-module' };

/** A run that is not noted this long after it was due did not take place: it starts at once, and is noted at its end. */
const graceMs = 120_000;
const saidLines = 12;
const labelCells = 11;

/** `--status`. Exit 0: all runs took place and worked; 1: one did not, or there is no schedule. */
export function showStatus(setting: Setting, crontab: CrontabAnswer, terminal: Terminal): number {
  const folder = recordFolder(process.env);
  const installed: readonly Shown[] = installedSchedules(crontab, setting.place);
  const ofModule = moduleRecords(folder)
    .filter(({ id }) => !installed.some((one) => one.id === id))
    .map(
      ({ id, setup }): Shown => ({ id, by: 'pm2-module', cron: setup?.cron ?? '', lines: [], isOff: false }),
    );
  const all = [...installed, ...ofModule];
  if (all.length === 0) {
    terminal.stdout(`${setting.words.none}\n`);
    return 1;
  }
  let isWell = true;
  for (const [index, one] of all.entries()) {
    const status = statusOf(one, readRecord(folder, one.id), folder, setting);
    terminal.stdout(`${index === 0 ? '' : '\n'}${status.text}`);
    isWell = isWell && status.isWell;
  }
  return isWell ? 0 : 1;
}

function statusOf(
  one: Shown,
  record: ScheduleRecord,
  folder: string,
  setting: Setting,
): { readonly text: string; readonly isWell: boolean } {
  const { words, zone, now, locale, user } = setting;
  const rows: [label: string, text: string][] = [
    [words.label.schedule, `${one.id}  ${words.by(one.by, user)}${one.isOff ? words.comma + words.off : ''}`],
  ];
  const attention: string[] = [];
  const cron = cronOf(one.cron);
  const [next] = cron === null || one.isOff ? [] : nextTimes(cron, zone, now, 1);
  rows.push([
    words.label.when,
    cron === null
      ? `${one.cron} (${words.notRead})`
      : `${one.cron} (${zoneName(zone, now)})${next === undefined ? '' : words.nextIs(when(next, zone, locale))}`,
  ]);
  const { setup, runs } = record;
  if (setup !== null) rows.push([words.label.reports, setup.reports]);
  const holder = holderOf(join(folder, `${one.id}.lock`));
  const [last] = runs;
  if (holder !== null)
    rows.push([words.label.last, words.running(String(holder.pid), when(holder.since, zone, locale))]);
  if (last !== undefined) rows.push([words.label.last, lastRun(last, setting)]);
  else if (holder === null) rows.push([words.label.last, words.neverRan]);
  if (runs.length > 1) rows.push([words.label.before, words.tally(runs.length, tally(runs))]);
  if (last !== undefined && last.exitCode > 1) attention.push(...record.log.trim().split('\n').slice(-1));

  if (setup !== null && !existsSync(setup.node)) attention.push(words.nodeGone(setup.node));
  else if (setup !== null && !existsSync(setup.script)) attention.push(words.scriptGone(setup.script));
  const due =
    cron === null || one.isOff ? null : lastTime(cron, zone, now - graceMs - (setup?.jitterMs ?? 0));
  const isMissed =
    due !== null && setup !== null && due > setup.installedAt && (last === undefined || last.startedAt < due);
  if (isMissed && holder === null) {
    const bootedAt = now - uptime() * 1000;
    attention.push(
      due < bootedAt
        ? words.wasOff(when(due, zone, locale), when(bootedAt, zone, locale))
        : words.overdue(when(due, zone, locale), one.by, one.by === 'cron' ? cronRuns() : null),
    );
  }
  for (const text of attention) rows.push([words.label.attention, text]);
  const said = record.log
    .trimEnd()
    .split('\n')
    .slice(-saidLines)
    .filter((line) => line !== '');
  const text = rows.map(([label, value]) => `${pad(label, labelCells)}${value}\n`).join('');
  const log = said.length === 0 ? '' : `${words.label.said}\n${said.map((line) => `  ${line}\n`).join('')}`;
  return { text: `${text}${log}`, isWell: attention.length === 0 };
}

function lastRun(run: ScheduleRecord['runs'][number], { zone, locale, words }: Setting): string {
  const own = runWords[locale];
  const meaning = run.end === 'ended' ? own.meaning(run.exitCode) : words.end[run.end];
  const state = !run.delivers
    ? 'not-asked'
    : run.exitCode === 3
      ? 'failed'
      : run.exitCode === 2
        ? 'not-reached'
        : 'done';
  const took = own.seconds(run.endedAt - run.startedAt);
  return `${words.lastRun(when(run.startedAt, zone, locale), took, run.exitCode, meaning)}${words.comma}${words.delivery(state)}`;
}

function tally(runs: ScheduleRecord['runs']): readonly (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const { exitCode } of runs) counts.set(exitCode, (counts.get(exitCode) ?? 0) + 1);
  return [...counts].toSorted(([a], [b]) => a - b);
}

/** null = its owner wrote a time that we do not read. */
function cronOf(text: string): ReturnType<typeof parseCron> | null {
  try {
    return parseCron(text, 'crontab');
  } catch {
    return null;
  }
}
