import { relative, resolve } from 'node:path';
import { analyze } from '../analyze/run.ts';
import { audits } from '../audits/index.ts';
import { attemptText } from '../derive/gap-details.ts';
import { encodeFacts } from '../gather/facts-file.ts';
import type { Evidence } from '../model/evidence.ts';
import { priorities } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Locale } from '../model/text.ts';
import type { AuditOptions, FailOn, Format } from '../options.ts';
import { lastScore } from '../outputs/last-report.ts';
import { writeFacts } from '../outputs/latest-facts.ts';
import { type FileFormat, reportPlace, writeReports } from '../outputs/report-files.ts';
import { lockFolder } from '../outputs/run-lock.ts';
import { clockStamp } from '../report/format.ts';
import { type MachineFormat, machineEndings, machineFormats } from '../report/machine/formats.ts';
import { renderReport } from '../report/render.ts';
import type { AuditWords } from '../report/words.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const grades = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

/** How long a run waits for another one that writes to the same folder. */
const lockWaitMs = 30_000;

/** The words of our own audits. */
export const auditWords: AuditWords = (id) => audits.find((audit) => audit.id === id)?.words ?? null;

/** A report that is made: its facts, the files it was written to, and the exit code its findings ask for. */
export interface MadeReport {
  readonly report: Report;
  readonly words: AuditWords;
  readonly files: { readonly html: string | null; readonly json: string | null; readonly md: string | null };
  readonly code: number;
}

/**
 * Evidence in, reports out: analyses, writes the files, prints the summary; then `next` may have it, and says the exit code.
 */
export async function deliver(
  evidence: Evidence,
  options: AuditOptions,
  terminal: Terminal,
  next: ((made: MadeReport) => Promise<number>) | null = null,
): Promise<number> {
  checkAudits(options);
  const report = analyze(evidence, audits, {
    limits: options.limits,
    ignore: options.ignore,
    app: options.app,
    past: pastOf(evidence, options),
  });
  if (options.app !== null && report.processes.length === 0) throw unknownApp(options.app, evidence);

  const failed = reaches(report, options.failOn);
  const blind = blindness(evidence, options.locale);
  const found = blind !== null ? 2 : failed ? 1 : 0;
  const shared = { locale: options.locale, words: auditWords, columns: 80, top: options.top };

  if (options.out === '-') {
    const format = options.formats[0] ?? 'terminal';
    const color = format === 'terminal' && terminal.color;
    terminal.stdout(
      isMachine(format)
        ? await renderFor(report, format, options)
        : renderReport(report, { ...shared, format: format === 'md' ? 'markdown' : format, color }),
    );
    if (blind !== null) terminal.stderr(`pm2-audit: ${blind}\n`);
    return (await next?.({ report, words: auditWords, files: filesOf([]), code: found })) ?? found;
  }
  const files = await write(report, options, terminal, (format, names) =>
    renderReport(report, { ...shared, format, files: names, color: terminal.color }),
  );
  const isShown = files.summary !== null && (!options.quiet || found !== 0);
  if (isShown) {
    terminal.stdout(`${files.summary.trimEnd()}\n`);
    const page = files.written.find((path) => path.endsWith('.html')) ?? files.written[0];
    if (page !== undefined)
      terminal.stdout(`\n${options.locale === 'en' ? 'Report  ' : '报告    '}${fromHere(page)}\n`);
  }
  const code =
    (await next?.({ report, words: auditWords, files: filesOf(files.written), code: found })) ?? found;
  if (isShown) terminal.stdout(`${exitLine(code, options)}\n`);
  if (blind !== null) terminal.stderr(`pm2-audit: ${blind}\n`);
  return code;
}

function filesOf(written: readonly string[]): MadeReport['files'] {
  const path = (ending: string): string | null => written.find((file) => file.endsWith(ending)) ?? null;
  return { html: path('.html'), json: path('.json'), md: path('.md') };
}

/** Names of the sibling files, for the links on the page. */
interface Siblings {
  readonly json: string | null;
  readonly markdown: string | null;
}

interface Written {
  readonly written: readonly string[];
  /** The terminal summary, where it was asked for. */
  readonly summary: string | null;
}

async function write(
  report: Report,
  options: AuditOptions,
  terminal: Terminal,
  render: (format: 'terminal' | 'markdown' | 'html' | 'json', files: Siblings) => string,
): Promise<Written> {
  const wants = (format: Format): boolean => options.formats.includes(format);
  const none = { json: null, markdown: null };
  if (options.formats.every((format) => format === 'terminal')) {
    return { written: [], summary: wants('terminal') ? render('terminal', none) : null };
  }
  const unlock = await lockFolder(options.out, lockWaitMs, (holder) =>
    terminal.stderr(`pm2-audit: another run (pid ${holder}) is writing to ${options.out}; waiting for it.\n`),
  );
  try {
    const stamp = clockStamp(report.takenAt, report.utcOffsetMinutes);
    const place = reportPlace(options.out, report.host?.name ?? 'host', stamp);
    const names = {
      json: wants('json') ? `${place.stem}.json` : null,
      markdown: wants('md') ? `${place.stem}.md` : null,
    };
    const contents = new Map<FileFormat, string>();
    if (wants('md')) contents.set('md', render('markdown', names));
    if (wants('html')) contents.set('html', render('html', names));
    if (wants('json')) contents.set('json', render('json', names));
    for (const format of machineFormats.filter(wants)) {
      contents.set(machineEndings[format], await renderFor(report, format, options));
    }
    const summary = wants('terminal') ? render('terminal', names) : null;
    const written = writeReports(options.out, place, contents);
    // One app alone is no report of the host.
    if (options.app === null) {
      const { html, json, md } = filesOf(written);
      const below = (path: string | null): string | null =>
        path === null ? null : relative(resolve(options.out), path);
      writeFacts(options.out, encodeFacts(report, { html: below(html), json: below(json), md: below(md) }));
    }
    return { written, summary };
  } finally {
    unlock();
  }
}

const isMachine = (format: Format): format is MachineFormat =>
  machineFormats.some((machine) => machine === format);

/** A format for programs; its code is loaded only where it is asked for. */
async function renderFor(report: Report, format: MachineFormat, options: AuditOptions): Promise<string> {
  const { renderMachine } = await import('../report/machine/machine.ts');
  const failOn = options.isFailOnSaid ? options.failOn : 'P1';
  return renderMachine(report, format, { locale: options.locale, audits, failOn });
}

/** The last report of this host, in the same folder or in the store. One app alone, or stdout, compares with nothing. */
function pastOf(evidence: Evidence, options: AuditOptions): Report['past'] {
  const { host } = evidence.items;
  if (options.out === '-' || options.app !== null || !host.seen) return null;
  const { history } = evidence.items;
  const kept = history.seen ? history.value.reports[0] : undefined;
  const known = [
    lastScore(options.out, host.value.name),
    // The store remembers it too, also where the reports lie in another folder or were removed.
    kept === undefined
      ? null
      : {
          takenAt: kept.takenAt,
          score: kept.score,
          grade: grades.find((grade) => grade === kept.grade) ?? null,
        },
  ];
  return (
    known
      .filter((past) => past !== null)
      .filter((past) => past.takenAt < evidence.takenAt)
      .toSorted((a, b) => b.takenAt - a.takenAt)[0] ?? null
  );
}

/** True when a finding is at or above the priority. */
export function reaches(report: Report, failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  return priorities.slice(0, priorities.indexOf(failOn) + 1).some((priority) => report.counts[priority] > 0);
}

/** The sentence for a run that could not read a single daemon: exit code 2, whatever the rest of the report says. */
function blindness(evidence: Evidence, locale: Locale): string | null {
  const { daemons } = evidence.items;
  if (daemons.seen && daemons.value.some(({ state }) => state === 'online')) return null;
  const gap = daemons.gaps[0];
  const tried = (gap?.tried ?? [])
    .map(({ source, detail }) => attemptText(locale, source, detail))
    .join(locale === 'en' ? ', ' : '、');
  return locale === 'en'
    ? `no PM2 daemon could be read: ${tried || 'none was found'}. The report holds only what could be seen without it; pm2-audit doctor says what to do.`
    : `没有任何 PM2 守护进程可以读取：${tried || '未发现'}。报告只包含其余可见的部分；补救办法见 pm2-audit doctor。`;
}

function exitLine(code: number, { failOn, locale }: AuditOptions): string {
  if (locale === 'en') {
    if (code === 2) return 'Exit 2: no PM2 daemon could be read';
    if (code === 3) return 'Exit 3: the report is made, a delivery failed';
    return code === 1
      ? `Exit 1: a finding of ${failOn} or above`
      : failOn === 'never'
        ? 'Exit 0: the report is made'
        : `Exit 0: no finding of ${failOn} or above`;
  }
  if (code === 2) return '退出码 2：没有可读取的 PM2 守护进程';
  if (code === 3) return '退出码 3：报告已生成，但有发送失败';
  return code === 1
    ? `退出码 1：存在 ${failOn} 及以上的问题`
    : failOn === 'never'
      ? '退出码 0：报告已生成'
      : `退出码 0：没有 ${failOn} 及以上的问题`;
}

/** Suppressions and limits must name audits that exist: a typing error must not mute nothing, or the wrong thing. */
function checkAudits(options: AuditOptions): void {
  const ids = new Set(audits.map(({ id }) => id));
  for (const id of [...options.ignore.map(({ audit }) => audit), ...Object.keys(options.limits)]) {
    if (!ids.has(id)) throw new UsageError(`config: "${id}" is not an audit. pm2-audit explain lists them.`);
  }
  for (const [id, limits] of Object.entries(options.limits)) {
    const known = Object.keys(audits.find((audit) => audit.id === id)?.limits ?? {});
    const unknown = Object.keys(limits).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new UsageError(
        `config: ${id} has no limit "${unknown}"; accepted are ${known.join(', ') || 'none'}.`,
      );
    }
  }
}

function unknownApp(app: string, evidence: Evidence): UsageError {
  const daemons = evidence.items.daemons.seen ? evidence.items.daemons.value : [];
  const names = [...new Set(daemons.flatMap(({ apps }) => apps.map(({ ref }) => ref.name)))];
  const shown = names.slice(0, 20).join(', ') + (names.length > 20 ? ` and ${names.length - 20} more` : '');
  return new UsageError(`--app ${app}: PM2 has no such app. It has ${shown || 'none'}.`);
}

function fromHere(path: string): string {
  const here = `${process.cwd()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
