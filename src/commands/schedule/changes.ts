import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { type CrontabAnswer, realCrontab } from './crontab.ts';
import { ownLines, withLine, withoutLines } from './crontab-text.ts';
import { jobCommand } from './job-line.ts';
import type { Plan, Setting } from './plan.ts';
import {
  isBooted,
  ownUnits,
  removeUnits,
  systemctl,
  systemctlText,
  unitFiles,
  writeUnits,
} from './systemd.ts';
import { makeUnits } from './units.ts';

/** One thing that will be written or taken away; `text` null = away. */
export type Change =
  | {
      readonly kind: 'line';
      readonly id: string;
      readonly text: string | null;
      /** Lines of ours that stand there now. */
      readonly before: readonly string[];
    }
  | { readonly kind: 'file'; readonly path: string; readonly text: string | null };

/** What is still to be done so that this schedule stands once, in the place asked for; none = it does. Throws UsageError. */
export async function changesOf(
  plan: Plan,
  setting: Setting,
  crontab: CrontabAnswer,
  bySystemd: boolean,
): Promise<readonly Change[]> {
  const { job, cron, jitterMs } = plan;
  const only = new Set([job.id]);
  if (bySystemd) {
    const { place } = setting;
    const units = makeUnits(job, cron, place.isSystem, jitterMs, plan.reports);
    const all = unitFiles(place, units);
    const isSo = all.every(([path, text]) => textOf(path) === text);
    const isActive =
      !isBooted() || (await systemctl(place, ['is-active', '--quiet', `${units.name}.timer`])) === null;
    // Written, but never taken by systemd: that is done again as well.
    const files = isSo && isActive ? [] : all;
    return [
      ...files.map(([path, text]) => ({ kind: 'file' as const, path, text })),
      ...lineRemovals(only, crontab),
    ];
  }
  if (!crontab.ok) throw new UsageError(refusal(crontab));
  const text = `${cron.text} ${jobCommand(job)}`;
  const before = ownLines(crontab.text).filter(({ id }) => id === job.id);
  const isSo = before.length === 1 && before[0]?.text === text;
  return [
    ...(isSo ? [] : [{ kind: 'line' as const, id: job.id, text, before: before.map((line) => line.text) }]),
    ...unitRemovals(only, setting),
  ];
}

/** What `--remove` takes away. */
export function removalsOf(
  ids: ReadonlySet<string>,
  setting: Setting,
  crontab: CrontabAnswer,
): readonly Change[] {
  return [...lineRemovals(ids, crontab), ...unitRemovals(ids, setting)];
}

function lineRemovals(ids: ReadonlySet<string>, crontab: CrontabAnswer): readonly Change[] {
  const lines = crontab.ok ? ownLines(crontab.text).filter(({ id }) => ids.has(id)) : [];
  return [...new Set(lines.map(({ id }) => id))].map((id) => ({
    kind: 'line',
    id,
    text: null,
    before: lines.filter((line) => line.id === id).map((line) => line.text),
  }));
}

function unitRemovals(ids: ReadonlySet<string>, { place }: Setting): readonly Change[] {
  return ownUnits(place)
    .filter(({ id }) => ids.has(id))
    .flatMap(({ paths }) => paths.map((path) => ({ kind: 'file' as const, path, text: null })));
}

/**
 * Makes them, new ones first: should one fail, what stood before still stands. The crontab is read again right before it
 * is written, and once more after it. Gives what is left for the user to type, or null. Throws UsageError.
 */
export async function makeChanges(changes: readonly Change[], setting: Setting): Promise<string | null> {
  const { place } = setting;
  const written = changes.flatMap((change) =>
    change.kind === 'file' && change.text !== null ? [[change.path, change.text] as const] : [],
  );
  const gone = changes.flatMap((change) =>
    change.kind === 'file' && change.text === null ? [change.path] : [],
  );
  if (written.length > 0) {
    writeUnits(place, written);
    const problem = await tellSystemd(setting, ['enable', '--now', timerOf(written.map(([path]) => path))]);
    // A crontab line in its place goes only when the timer does its work.
    if (problem !== null) return problem;
  }
  const lines = changes.filter((change) => change.kind === 'line');
  if (lines.length > 0) await editCrontab(lines);
  if (gone.length > 0) {
    // The timer must be known to systemd while it is switched off; a manager that does not run knows none.
    await systemctl(place, ['disable', '--now', timerOf(gone)]);
    removeUnits(gone);
    await systemctl(place, ['daemon-reload']);
  }
  return null;
}

function timerOf(paths: readonly string[]): string {
  return basename(paths[0] ?? '').replace(/\.service$/, '.timer');
}

/** Reloads and does one thing; what fails is told as what to type. */
async function tellSystemd({ place, words }: Setting, args: readonly string[]): Promise<string | null> {
  const reload = ['daemon-reload'];
  const said = (await systemctl(place, reload)) ?? (await systemctl(place, args));
  return said === null
    ? null
    : words.systemctlFailed(said, [systemctlText(place, reload), systemctlText(place, args)]);
}

async function editCrontab(lines: readonly Extract<Change, { kind: 'line' }>[]): Promise<void> {
  const now = await realCrontab.read();
  if (!now.ok) throw new UsageError(refusal(now));
  const edited = lines.reduce(
    (crontab, { id, text }) =>
      text === null ? withoutLines(crontab, new Set([id])) : withLine(crontab, id, text),
    now.text,
  );
  const answer = await realCrontab.write(edited);
  if (!answer.ok) throw new UsageError(refusal(answer));
  const after = await realCrontab.read();
  if (!after.ok || !after.text.equals(edited))
    throw new UsageError(
      'crontab: it does not hold what was written; somebody else may have edited it just now. Look with crontab -l, then run this again.',
    );
}

/** The program's own words in a sentence, with what to do. */
function refusal(answer: Extract<CrontabAnswer, { ok: false }>): string {
  if (answer.why === 'absent')
    return 'crontab: there is no such program here. Install it (apt-get install cron, dnf install cronie, apk add cronie), or use --systemd.';
  if (answer.why === 'timed-out') return `crontab: ${answer.detail}. Try crontab -l by hand.`;
  if (/not allowed/i.test(answer.detail))
    return 'crontab: this user may not have one (/etc/cron.allow, /etc/cron.deny). Ask root to allow it, or use --systemd.';
  if (/too long/i.test(answer.detail))
    return 'crontab: the line is longer than this cron takes (998 characters). Use shorter paths, settings in --config, or --systemd.';
  return `crontab: it was refused (${answer.detail || 'without a word'}). Nothing was changed; try crontab -l by hand, or use --systemd.`;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
