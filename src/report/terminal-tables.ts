import type { AttributedKill } from '../model/oom.ts';
import type { ProcessRow } from '../model/report.ts';
import { cells, pad, truncate } from './cells.ts';
import { sparkText } from './chart/sparkline.ts';
import { oneLine, proseToTerminal } from './prose.ts';
import { type Line, line, paragraph, piece, type Style, width } from './terminal-line.ts';
import { type Section, section, type TerminalContext } from './terminal-section.ts';
import { biggerOther, heldBytes, killsInWindow, killsSeenFrom } from './view/kills.ts';
import { pastSentences } from './view/past-sentences.ts';
import { cannotFire, counterOf, treeBytes } from './view/processes.ts';
import { trendWord } from './view/trend.ts';
import { trendWords } from './view/words/trend.ts';
import { wrap } from './wrap.ts';

const dash = '-';
const shownKills = 8;
const manyRestarts = 30;
const shownBlindLimits = 3;
const shownLeaks = 3;
/** Two for each day of the week. */
const sparkCells = 14;
const MB = 1024 * 1024;

/** The largest apps: PM2's figure beside the tree's, CPU, restarts, time since the last start. */
export function appsSection(context: TerminalContext): Section | null {
  const { report, view, say, fmt, top } = context;
  if (report.processes.length === 0) return section(say.apps, paragraph(view.processes.empty ?? '', 0, 2));
  const rows = report.processes.slice(0, top);
  const hasTrees = report.processes.some((row) => treeBytes(row) !== null);
  const head = `${pad(say.head.app, 27)}${pad('PM2', 8, 'right')}${pad(say.head.tree, 9, 'right')}${pad('CPU', 8, 'right')}${pad(say.head.restarts, 10, 'right')}  ${say.head.up}`;
  const sum = (of: (row: ProcessRow) => number | null): number =>
    report.processes.reduce((total, row) => total + (of(row) ?? 0), 0);
  const most = report.processes
    .filter((row) => counterOf(row) > 0)
    .toSorted((a, b) => a.restartRank - b.restartRank)
    .slice(0, 3)
    .map((row) => `${truncate(oneLine(row.app.ref.name), 18)} ${fmt.count(counterOf(row))}`);
  const all = report.processes.length;
  // In MB, like the column it adds up.
  const total = (bytes: number): string =>
    bytes < 10_000 * MB ? `${fmt.count(Math.round(bytes / MB))} MB` : fmt.bytes(bytes);
  return section(hasTrees ? say.apps : say.appsByPm2, [
    line(head, 'soft'),
    ...rows.map((row) => appLine(context, row)),
    line(
      `${say.total(all, total(sum((row) => row.app.pm2RssBytes)), hasTrees ? total(sum(treeBytes)) : null)}${rows.length < all ? `${say.semicolon}${say.shown(rows.length, all)}` : ''}`,
      'soft',
    ),
    ...report.processes
      .filter(cannotFire)
      .slice(0, shownBlindLimits)
      .map((row) =>
        line(
          say.cannotFire(
            truncate(oneLine(row.app.ref.name), 18),
            fmt.bytes(row.app.settings.maxMemoryRestartBytes ?? 0),
            fmt.bytes(row.app.pm2RssBytes ?? 0),
            fmt.bytes(treeBytes(row) ?? 0),
          ),
          'red',
        ),
      ),
    ...(most.length === 0 ? [] : [line(say.mostRestarts(most), 'soft')]),
    ...leakLines(context),
    ...pastSentences(context, oneLine, ['memory', 'restarts', 'daemons']).flatMap((text) =>
      wrap(text, width).map((part) => line(part, 'soft')),
    ),
  ]);
}

/** Apps that leak, soonest first: how fast, until when, and the week as a line where the name leaves room. */
function leakLines({ report, fmt, locale, say }: TerminalContext): readonly Line[] {
  const words = trendWords[locale](fmt);
  const leaks = report.processes
    .filter(({ trend }) => trend?.kind === 'leak')
    .toSorted((a, b) => (a.trend?.reach?.at ?? Infinity) - (b.trend?.reach?.at ?? Infinity));
  const shown = leaks.slice(0, shownLeaks).map((row) => {
    const reach = row.trend?.reach ?? null;
    const until =
      reach === null
        ? ''
        : say.comma +
          (reach.at <= report.takenAt + 60_000
            ? words.reached(reach.kind)
            : words.reaches(reach.kind, fmt.tableTime(reach.at)));
    const text = `${truncate(oneLine(row.app.ref.name), 18)} ${trendWord(words, row)}${until}`;
    // Block characters take two cells in many terminals of Chinese readers.
    const spark = locale === 'en' ? sparkText(row.week, report.takenAt, sparkCells) : null;
    const isFitting = spark !== null && cells(text) + sparkCells + 2 <= width;
    return line(
      isFitting ? `${pad(text, width - sparkCells)}${spark}` : truncate(text, width),
      row.trend?.sure === 'likely' ? 'red' : 'yellow',
    );
  });
  const left = leaks.length - shown.length;
  return left > 0 ? [...shown, line(say.andMore(left), 'soft')] : shown;
}

function appLine({ fmt, say }: TerminalContext, row: ProcessRow): Line {
  const { app } = row;
  const tree = treeBytes(row);
  const pm2 = app.pm2RssBytes;
  const isHidden = tree !== null && pm2 !== null && pm2 > 0 && tree > pm2 * 3;
  const restarts = counterOf(row);
  const isStopped = app.pid === null;
  const mb = (bytes: number | null): string =>
    isStopped ? dash : bytes === null ? '?' : `${fmt.count(Math.round(bytes / MB))} MB`;
  const cpuStyle: Style =
    row.cpuPercent === null || row.cpuPercent < 50 ? 'plain' : row.cpuPercent < 80 ? 'yellow' : 'red';
  const up =
    row.uptimeMs === null
      ? app.status === 'online'
        ? '?'
        : app.status === 'stopped'
          ? say.stopped
          : app.status
      : fmt.duration(row.uptimeMs);
  const isTrouble =
    app.status === 'errored' || app.status === 'waiting restart' || (app.status === 'online' && isStopped);
  return [
    piece(pad(oneLine(app.ref.name), 27)),
    piece(pad(mb(pm2), 8, 'right')),
    piece(pad(mb(tree), 9, 'right'), isHidden ? 'red' : 'strong'),
    piece(
      pad(row.cpuPercent === null || isStopped ? dash : fmt.percent(row.cpuPercent), 8, 'right'),
      cpuStyle,
    ),
    piece(pad(fmt.count(restarts), 10, 'right'), restarts > manyRestarts ? 'yellow' : 'plain'),
    piece(`  ${truncate(oneLine(up), 16)}`, isTrouble ? 'red' : 'plain'),
  ];
}

/** Kills of the window: when, whom, how big, how sure, what was biggest then. */
export function oomSection(context: TerminalContext): Section | null {
  const { report, view, say, fmt } = context;
  const from = killsSeenFrom(report);
  const begin = from === null ? report.window.from : Math.max(from, report.window.from);
  const kills = killsInWindow(report);
  if (report.oomKills === null) return section(say.oom, paragraph(say.oomUnseen, 0, 3));
  if (kills.length === 0) return section(say.oom, paragraph(view.oom.lead, 0, 3));
  const shown = kills.slice(-shownKills);
  const left = kills.length - shown.length;
  return section(say.oomSince(fmt.tableTime(begin)), [
    ...shown.map((kill) => killLine(context, kill)),
    ...(left > 0 ? [line(say.earlierKills(left), 'soft')] : []),
  ]);
}

function killLine({ fmt, say, view, report }: TerminalContext, attributed: AttributedKill): Line {
  const { kill } = attributed;
  const number = killsInWindow(report).indexOf(attributed) + 1;
  const row = view.oom.kills.find((item) => item.number === number);
  const held = heldBytes(attributed);
  const other = biggerOther(attributed);
  const size = held === null ? '?' : fmt.bytesFixed(held, held >= 1024 * MB ? 2 : 0);
  const when = kill.at === null ? oneLine(kill.timestamp ?? '?') : fmt.exact(kill.at);
  const who = victim(attributed, row === undefined ? '' : proseToTerminal(row.who), say.comma);
  const room = width - 53;
  const biggest =
    other !== null
      ? say.biggest(
          `${truncate(oneLine(other.app?.name ?? other.name), 12)} ${fmt.bytesFixed(other.rssBytes, other.rssBytes >= 1024 * MB ? 2 : 0)}`,
        )
      : attributed.biggest.length === 0 || held === null
        ? ''
        : say.itself;
  return [
    piece(
      `${pad(when, 16)} ${pad(who, 19)}${pad(size, 8, 'right')} ${pad(say.sure[attributed.confidence], 8)} `.slice(
        0,
      ),
    ),
    piece(truncate(biggest, Math.max(0, room - 1)), other === null ? 'plain' : 'yellow'),
  ];
}

/** The app where the tie is good; else the process and that PM2 did not run it. */
function victim({ app, confidence, kill, role }: AttributedKill, who: string, comma: string): string {
  if (app !== null && (confidence === 'certain' || confidence === 'likely')) return oneLine(app.name);
  const comm = oneLine(kill.comm ?? '');
  if (comm === '' || role === 'daemon') return who;
  return cells(comm + comma + who) <= 19 ? comm + comma + who : comm;
}
