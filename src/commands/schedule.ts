import { pad } from '../report/format.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { type Change, changesOf, makeChanges, removalsOf } from './schedule/changes.ts';
import { realCrontab } from './schedule/crontab.ts';
import { marker } from './schedule/crontab-text.ts';
import { installedSchedules } from './schedule/installed.ts';
import { latenessMs } from './schedule/lateness.ts';
import { notesOf } from './schedule/notes.ts';
import { type Plan, planOf, type Setting, settingOf, wantedId } from './schedule/plan.ts';
import {
  forgetRecord,
  isKept,
  moduleRecords,
  readRecord,
  recordFolder,
  writeRecord,
} from './schedule/run-record.ts';
import { nextTimes } from './schedule/run-times.ts';
import { type ScheduleFlags, verbOf } from './schedule/schedule-flags.ts';
import { showStatus } from './schedule/status.ts';
import { when, zoneName } from './schedule/when.ts';

/**
 * `pm2-audit schedule`: shows the crontab line, or the units, asks, and writes them; `--remove`, `--status`. Exit 0: it is
 * as asked for; 2: nothing was changed, or it could not be made; with `--status` 1: something needs a look.
 */
export async function runSchedule(flags: ScheduleFlags, terminal: Terminal): Promise<number> {
  const verb = verbOf(flags);
  const setting = settingOf(flags);
  if (process.platform === 'win32')
    throw new UsageError(
      'schedule: there is no cron on Windows. Use its Task Scheduler with pm2-audit --quiet.',
    );
  if (verb === 'status') return showStatus(setting, await realCrontab.read(), terminal);
  return verb === 'remove' ? remove(flags, setting, terminal) : install(flags, setting, terminal);
}

async function install(flags: ScheduleFlags, setting: Setting, terminal: Terminal): Promise<number> {
  const { words } = setting;
  const crontab = await realCrontab.read();
  const plan = await planOf(flags, setting, flags.systemd || !crontab.ok ? null : crontab.text);
  const changes = await changesOf(plan, setting, crontab, flags.systemd === true);
  if (changes.length === 0) {
    remember(plan, setting, flags, terminal);
    terminal.stdout(`${words.alreadySo}\n${facts(plan, setting)}`);
    return 0;
  }
  show(changes, setting, terminal);
  terminal.stdout(facts(plan, setting));
  for (const note of notesOf(plan, setting, flags.systemd || !crontab.ok ? null : crontab.text))
    terminal.stdout(row(words.label.note, note));
  if (!(await agreed(flags, setting, terminal))) return 2;
  const problem = await makeChanges(changes, setting);
  remember(plan, setting, flags, terminal);
  if (problem !== null) throw new UsageError(problem);
  terminal.stdout(`${words.written}\n`);
  return 0;
}

async function remove(flags: ScheduleFlags, setting: Setting, terminal: Terminal): Promise<number> {
  const { words } = setting;
  const crontab = await realCrontab.read();
  const all = installedSchedules(crontab, setting.place);
  const wanted = await wantedId(flags, setting);
  const chosen = all.filter(({ id }) => wanted === null || id === wanted);
  const module = wanted === null ? moduleCode(setting, terminal) : null;
  if (chosen.length === 0) {
    if (module !== null) return module;
    terminal.stdout(`${all.length === 0 ? words.nothingToRemove : words.otherNone}\n`);
    return all.length === 0 ? 0 : 2;
  }
  const ids = new Set(chosen.map(({ id }) => id));
  const changes = removalsOf(ids, setting, crontab);
  show(changes, setting, terminal);
  if (!(await agreed(flags, setting, terminal))) return 2;
  const problem = await makeChanges(changes, setting);
  for (const id of ids) forgetRecord(recordFolder(process.env), id);
  if (problem !== null) throw new UsageError(problem);
  terminal.stdout(`${words.removed}\n`);
  return module ?? 0;
}

/**
 * A schedule of the PM2 module is PM2's to switch off: 2 while the module keeps it. Of a module that is gone, what is
 * remembered goes, too: 0. null = there is none.
 */
function moduleCode({ words }: Setting, terminal: Terminal): number | null {
  const folder = recordFolder(process.env);
  const records = moduleRecords(folder);
  if (records.length === 0) return null;
  const gone = records.filter((record) => !isKept(record));
  for (const { id } of gone) forgetRecord(folder, id);
  const isOn = gone.length < records.length;
  terminal.stdout(`${isOn ? words.ofModule : words.moduleGone}\n`);
  return isOn ? 2 : 0;
}

function show(changes: readonly Change[], setting: Setting, terminal: Terminal): void {
  const { words, user } = setting;
  for (const change of changes) {
    const isLine = change.kind === 'line';
    const title = isLine
      ? change.text === null
        ? words.lineLeaves(user)
        : words.lineGoes(user)
      : change.text === null
        ? words.fileLeaves
        : words.fileGoes;
    const block = (text: string): string =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => (line === '' ? '\n' : `  ${line}\n`))
        .join('');
    const name = isLine ? '' : ` ${change.path}`;
    terminal.stdout(`${title}${name}\n\n`);
    const end = isLine ? ` ${marker} ${change.id}` : '';
    if (change.text !== null) terminal.stdout(`${block(`${change.text.trimEnd()}${end}`)}\n`);
    else if (isLine) terminal.stdout(`${block(change.before.join('\n'))}\n`);
    if (isLine && change.text !== null && change.before.length > 0)
      terminal.stdout(`${words.replaces}\n\n${block(change.before.join('\n'))}\n`);
  }
}

function facts({ job, cron, jitterMs, reports }: Plan, setting: Setting): string {
  const { words, zone, now, locale } = setting;
  const times = nextTimes(cron, zone, now, 3).map((time) => when(time, zone, locale));
  const lateMs = latenessMs(job.id, jitterMs);
  const isOwn = job.args[job.args.indexOf('--jitter') + 1] !== '0s';
  const late =
    jitterMs < 1000
      ? ''
      : `${words.semicolon}${isOwn ? words.late(words.seconds(lateMs)) : words.lateUpTo(words.seconds(jitterMs))}`;
  return [
    row(words.label.next, `${times.join(words.listComma)} (${zoneName(zone, now)})${late}`),
    row(words.label.reports, reports),
  ].join('');
}

/** Label and text, one line. */
function row(label: string, text: string): string {
  return `${pad(label, 11)}${text}\n`;
}

/** Asks on a terminal; elsewhere only `--yes` will do. */
async function agreed(flags: ScheduleFlags, { words }: Setting, terminal: Terminal): Promise<boolean> {
  if (flags.yes) return true;
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    terminal.stderr(`pm2-audit: ${words.needsYes}\n`);
    return false;
  }
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D is no answer, and means no.
  const closed = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  const answer = await Promise.race([asking.question(`\n${words.ask}`), closed]);
  asking.close();
  const isYes = words.yes.test(answer.trim());
  if (!isYes) terminal.stderr(`pm2-audit: ${words.notWritten}\n`);
  return isYes;
}

/** What `--status` compares with. */
function remember(plan: Plan, setting: Setting, flags: ScheduleFlags, terminal: Terminal): void {
  const { job, cron, jitterMs, reports } = plan;
  const folder = recordFolder(process.env);
  const record = readRecord(folder, job.id);
  const by = flags.systemd ? ('systemd' as const) : ('cron' as const);
  const isSame = record.setup?.by === by && record.setup.cron === cron.text;
  const installedAt = isSame ? (record.setup?.installedAt ?? setting.now) : setting.now;
  const { node, script } = job;
  try {
    writeRecord(folder, {
      ...record,
      setup: { by, cron: cron.text, jitterMs, installedAt, node, script, reports, pid: null },
    });
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    terminal.stderr(`pm2-audit: ${setting.words.notRemembered(detail)}\n`);
  }
}
