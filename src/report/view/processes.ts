import type { ProcessRow } from '../../model/report.ts';
import { causes, type RestartStory } from '../../model/restart.ts';
import { barWidth } from '../chart/bars.ts';
import { appCell } from './app-cell.ts';
import type { Context } from './context.ts';
import { causeCounts, mark, state } from './marks.ts';
import type { MemoryRow, ProcessesView, RestartRow } from './model.ts';
import { pastSentences } from './past-sentences.ts';
import { storyAnchor, tellsStory } from './stories.ts';
import { trendView } from './trend.ts';
import { type ProcessWords, processWords } from './words/processes.ts';
import { trendWords } from './words/trend.ts';

/** A tree of more than three times PM2's figure is what PM2's users do not know. */
const hiddenFactor = 3;

/** The top lists: by memory with PM2's figure beside the tree's, and by restarts with their causes. */
export function processesView(context: Context): ProcessesView {
  const { report, fmt, top } = context;
  const say = processWords[context.locale](fmt);
  const byMemory = report.processes.toSorted((a, b) => a.memoryRank - b.memoryRank).slice(0, top);
  const restarted = report.processes
    .filter((row) => restartsOf(row) > 0 || counterOf(row) > 0)
    .toSorted((a, b) => a.restartRank - b.restartRank);
  const longest = Math.max(0, ...byMemory.flatMap((row) => [row.app.pm2RssBytes ?? 0, treeBytes(row) ?? 0]));
  const used = new Set(
    restarted
      .slice(0, top)
      .concat(byMemory)
      .flatMap((row) => causes.filter((cause) => (row.story?.byCause[cause] ?? 0) > 0)),
  );
  const daemonsAnswer = report.daemons.some((daemon) => daemon.state === 'online');
  return {
    lead:
      report.processes.length === 0
        ? null
        : lead(context, say) +
          joined(context, pastSentences(context, context.fmt.code, ['memory', 'daemons'])),
    empty: report.processes.length > 0 ? null : daemonsAnswer ? say.noApps : say.appsUnseen,
    memoryCaption:
      say.memoryCaption(
        byMemory.length,
        report.processes.length,
        fmt.bytes(longest),
        rankedBy(report.processes),
      ) + (byMemory.some(isNew) ? trendWords[context.locale](fmt).newNote : ''),
    memory: byMemory.map((row) => memoryRow(context, say, row, longest)),
    keys: causes.filter((cause) => used.has(cause)).map((cause) => mark(context, cause)),
    restartCaption:
      say.restartCaption(Math.min(top, restarted.length), restarted.length, report.processes.length) +
      joined(context, pastSentences(context, context.fmt.code, ['restarts'])),
    restarts: restarted.slice(0, top).map((row, index) => restartRow(context, say, row, index + 1)),
    noRestarts:
      restarted.length > 0 || report.processes.length === 0 ? null : say.noRestarts(logBegin(context)),
    daemons: report.daemons.map((daemon) =>
      say.daemon({
        home: fmt.code(daemon.home),
        state: daemon.state,
        version: daemon.pm2Version,
        pid: daemon.pid,
        rss: daemon.rssBytes === null ? null : fmt.bytes(daemon.rssBytes),
        user: daemon.user,
        apps: daemon.apps.length,
        modules: daemon.modules.length,
      }),
    ),
    annexNote: say.annexNote(report.processes.length),
  };
}

function logBegin({ report, fmt }: Context): string | null {
  const row = report.evidence.find((item) => item.key === 'pm2Log');
  return row?.seen === true && row.covers.from !== null ? fmt.time(row.covers.from) : null;
}

/** What the tree holds, in the best figure there is; null = its processes were not readable. */
export function treeBytes(row: ProcessRow): number | null {
  return row.treePssBytes ?? row.treeRssBytes;
}

/** Answers: would a restart in the window have been seen? Where it would not, 0 means nothing. */
export const isSeen = ({ story }: ProcessRow): boolean =>
  story !== null && (story.coversFrom !== null || story.restarts.length > 0);
export const restartsOf = (row: ProcessRow): number => row.story?.restarts.length ?? 0;
export const counterOf = (row: ProcessRow): number => row.story?.counter ?? row.app.restartCounter;

function rankedBy(rows: readonly ProcessRow[]): 'pss' | 'rss' | 'mixed' | 'pm2' {
  const kinds = new Set(
    rows.flatMap((row) => (row.rankedBy === 'pss' || row.rankedBy === 'rss' ? [row.rankedBy] : [])),
  );
  if (kinds.size === 2) return 'mixed';
  return [...kinds][0] ?? 'pm2';
}

function lead({ report, fmt }: Context, say: ProcessWords): string {
  const pm2 = report.processes.reduce((sum, row) => sum + (row.app.pm2RssBytes ?? 0), 0);
  const known = report.processes.filter((row) => treeBytes(row) !== null);
  if (known.length === 0) return say.noTrees(fmt.bytes(pm2));
  const tree = known.reduce((sum, row) => sum + (treeBytes(row) ?? 0), 0);
  const surplus = (row: ProcessRow): number => (treeBytes(row) ?? 0) - (row.app.pm2RssBytes ?? 0);
  const hidden = known
    .filter((row) => surplus(row) > Math.max(50 * 1024 * 1024, (tree - pm2) * 0.25))
    .toSorted((a, b) => surplus(b) - surplus(a));
  const by = rankedBy(report.processes);
  return say.totals({
    pm2: fmt.bytes(pm2),
    tree: fmt.bytes(tree),
    hidden: hidden.map((row) => fmt.name(row.app.ref.name)),
    by: by === 'pm2' ? 'pss' : by,
    isMore: tree > pm2 * 1.1,
  });
}

function joined({ locale }: Context, said: readonly string[]): string {
  return said.map((text) => (locale === 'en' ? ` ${text}` : text)).join('');
}

/** Nothing is kept of it so far. */
const isNew = ({ trend, week }: ProcessRow): boolean => trend === null && week === null;

function memoryRow(context: Context, say: ProcessWords, row: ProcessRow, longest: number): MemoryRow {
  const { fmt, words } = context;
  const tree = treeBytes(row);
  const pm2 = row.app.pm2RssBytes;
  const isHidden = tree !== null && pm2 !== null && pm2 > 0 && tree > pm2 * hiddenFactor;
  const limit = row.memoryLimitBytes;
  return {
    rank: row.memoryRank,
    app: appCell(context, row),
    hasFigures: pm2 !== null || tree !== null,
    pm2: pm2 === null ? null : fmt.bytes(pm2),
    pm2Bar: barWidth(pm2, longest),
    tree: tree === null ? null : fmt.bytes(tree),
    treeBar: barWidth(tree, longest),
    isHidden,
    note: isHidden
      ? say.shareSeen(fmt.ratio(pm2 / tree))
      : row.rankedBy === 'rss'
        ? say.rssOnly
        : tree !== null
          ? null
          : row.app.pid === null
            ? say.noFigure
            : say.pm2Only,
    cpu: row.cpuPercent === null ? null : fmt.percent(row.cpuPercent),
    cpuTone: row.cpuPercent === null || row.cpuPercent < 50 ? '' : row.cpuPercent < 80 ? 'orange' : 'red',
    restarts: isSeen(row) ? fmt.count(restartsOf(row)) : words.unknown,
    causes: row.story === null ? [] : causeCounts(context, row.story.byCause),
    limit: limit === null ? say.noLimit : fmt.bytes(limit),
    limitNote: limitNote(context, say, row),
    trend: trendView(context, row),
  };
}

/**
 * The limit beside what it is compared with. PM2 compares `max_memory_restart` with its own figure, the RSS of one process
 * (lib/Worker.js, PM2 5 to 7); V8's limit is held against the tree, for want of its heap.
 */
function limitNote({ fmt }: Context, say: ProcessWords, row: ProcessRow): string | null {
  const tree = treeBytes(row);
  const limit = row.memoryLimitBytes;
  const pm2 = row.app.pm2RssBytes;
  if (limit === null || limit <= 0) return null;
  if (cannotFire(row) && tree !== null && pm2 !== null)
    return say.cannotFire(fmt.ratio(pm2 / limit), fmt.ratio(tree / limit));
  if (row.app.settings.maxMemoryRestartBytes === limit && pm2 !== null) {
    const isMuchMore = tree !== null && tree > pm2 * 1.25;
    return isMuchMore
      ? say.bothOfLimit(fmt.ratio(pm2 / limit), fmt.ratio(tree / limit))
      : say.pm2OfLimit(fmt.ratio(pm2 / limit));
  }
  return tree === null ? null : say.ofLimit(fmt.ratio(tree / limit));
}

/** Answers: is the tree over PM2's limit while PM2 measures less, so that nothing happens? */
export function cannotFire(row: ProcessRow): boolean {
  const tree = treeBytes(row);
  const pm2 = row.app.pm2RssBytes;
  const limit = row.app.settings.maxMemoryRestartBytes;
  return limit !== null && limit > 0 && tree !== null && pm2 !== null && pm2 < limit && tree > limit;
}

function restartRow(context: Context, say: ProcessWords, row: ProcessRow, rank: number): RestartRow {
  const { fmt, words } = context;
  const { story } = row;
  const last = story?.last ?? null;
  return {
    rank,
    app: appCell(context, row),
    inWindow: isSeen(row) ? fmt.count(restartsOf(row)) : words.unknown,
    counter: fmt.count(counterOf(row)),
    causes: story === null ? [] : causeCounts(context, story.byCause),
    last: last === null ? null : say.lastRestart(fmt.tableTime(last.at), words.cause[last.cause]),
    state: restartState(context, say, story, counterOf(row)),
    story:
      story !== null && tellsStory(context, story)
        ? { href: `#${storyAnchor(story)}`, text: row.app.ref.name }
        : null,
  };
}

function restartState(
  context: Context,
  say: ProcessWords,
  story: RestartStory | null,
  counter: number,
): RestartRow['state'] {
  const worded = (kind: 'ok' | 'note' | 'watch' | 'warn' | 'unknown', word: string): RestartRow['state'] => ({
    ...state(context, kind),
    word,
  });
  if (story === null || (story.coversFrom === null && story.restarts.length === 0))
    return state(context, 'unknown');
  if (story.goesOn) return worded('warn', say.loop);
  if (story.loops.length > 0) return worded('watch', say.loopEnded);
  if (story.restarts.length === 0 && counter > 0) return worded('note', say.history);
  return worded('note', say.steady);
}
