import type { Finding } from '../../model/finding.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { ProcessRow, Report } from '../../model/report.ts';
import type { Ending, RestartStory } from '../../model/restart.ts';
import type { Json, Quote } from '../../model/text.ts';

/** Evidence whose lines may leave the host: written by the kernel, systemd and PM2 itself, never by an app. */
const ownLogs = ['oomLog', 'pm2Log', 'unitJournal'] as const;

const known = new WeakMap<Report, Report>();

/**
 * Answers: what of a report may be sent to others? The same report without a line that an app wrote: quotes of app logs, the
 * words of its crashes, its last lines. A quote stays where its source is known to be the kernel log, systemd's journal or
 * pm2.log; whatever else it is, it goes. What it proved stays, for figures and causes hold no text of an app.
 */
export function withoutAppLogs(report: Report): Report {
  const before = known.get(report);
  if (before !== undefined) return before;
  const may = quotable(report);
  const row = (process: ProcessRow): ProcessRow => ({
    ...process,
    story: process.story === null ? null : withoutWords(process.story, may),
  });
  const made: Report = {
    ...report,
    findings: report.findings.map(
      (finding): Finding => ({
        ...finding,
        because: finding.because.filter(may),
        args: withoutMessages(finding.args),
      }),
    ),
    processes: report.processes.map(row),
    modules: report.modules.map(row),
    oomKills:
      report.oomKills?.map(
        (kill): AttributedKill => ({
          ...kill,
          because: kill.because.filter(may),
          kill: { ...kill.kill, quotes: kill.kill.quotes.filter(may) },
        }),
      ) ?? null,
  };
  known.set(report, made);
  return made;
}

/** Sources of the kernel log, the journal and pm2.log; several stand in one row as `a, b`. Never a file that an app writes to. */
function quotable(report: Report): (quote: Quote) => boolean {
  const rows = report.evidence.flatMap((row) =>
    ownLogs.some((key) => key === row.key) && row.source !== null ? [`, ${row.source}, `] : [],
  );
  // The reader of the kernel log names its source in the quotes of each kill.
  const kernel = new Set([
    ...(report.oomKills ?? []).flatMap(({ kill }) => kill.quotes.map(({ source }) => source)),
    ...report.unconfirmedKills.map(({ quote }) => quote.source),
  ]);
  const ofApps = new Set(
    [...report.processes, ...report.modules].flatMap(({ app, story }) => [
      app.outLogPath,
      app.errLogPath,
      ...(story?.crashes.map(({ source }) => source) ?? []),
      story?.lastWords?.source ?? null,
    ]),
  );
  return ({ source }) =>
    !ofApps.has(source) && (kernel.has(source) || rows.some((row) => row.includes(`, ${source}, `)));
}

function withoutWords(story: RestartStory, may: (quote: Quote) => boolean): RestartStory {
  const bare = (ending: Ending): Ending => ({ ...ending, because: ending.because.filter(may) });
  return {
    ...story,
    restarts: story.restarts.map(bare),
    stops: story.stops.map(bare),
    crashes: [],
    lastWords: null,
  };
}

/**
 * Audits that name an app's own error do it as `top` (derive/restarts/crash-words.ts) or `message`, either of which may be
 * null: then their sentences go without it.
 */
const ofAppLogs = new Set(['top', 'message']);

function withoutMessages(args: Finding['args']): Finding['args'] {
  const bare = (value: Json): Json =>
    value === null || typeof value !== 'object'
      ? value
      : isList(value)
        ? value.map(bare)
        : withoutMessages(value);
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, ofAppLogs.has(key) ? null : bare(value)]),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
