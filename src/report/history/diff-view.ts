import { type AppName, gapAuditId, type KillFacts, type Problem } from '../../derive/compare/report-facts.ts';
import { evidenceNames } from '../../derive/gap-words.ts';
import { groupBy } from '../../derive/grouping.ts';
import { changeLimits, type FigureChange, type ReportDiff } from '../../derive/report-diff.ts';
import type { Locale } from '../../model/text.ts';
import { cells, pad, truncate } from '../cells.ts';
import type { ReportFmt } from '../format.ts';
import { oneLine, proseToTerminal } from '../prose.ts';
import type { Line, Piece, Style } from '../terminal-line.ts';
import type { AuditWords } from '../words.ts';
import { wrap } from '../wrap.ts';
import { apart, type DiffWords, diffWords } from './diff-words.ts';
import { blank, heading, plain, sentence } from './paint.ts';

export interface DiffViewOptions {
  readonly locale: Locale;
  readonly fmt: ReportFmt;
  readonly words: AuditWords;
  readonly columns: number;
  readonly color: boolean;
}

interface Context extends DiffViewOptions {
  readonly say: DiffWords;
  readonly diff: ReportDiff;
  /** Names that stand in two homes get their home said. */
  readonly shared: ReadonlySet<string>;
}

const shownRows = 20;
const shownNames = 12;
const nameCells = 32;

/** Answers: what does `diff` show? The verdict first, then what got worse, then what got better. */
export function diffLines(diff: ReportDiff, options: DiffViewOptions): readonly Line[] {
  const say = diffWords[options.locale](options.fmt);
  const context: Context = { ...options, say, diff, shared: sharedNames(diff) };
  const { title } = say;
  const isCalm = [diff.fresh, diff.worse, diff.perhapsFresh, diff.kills ?? []].every(
    (list) => list.length === 0,
  );
  return [
    ...head(context),
    ...(isCalm && !diff.isWorse ? [blank, plain(say.nothing, 'green')] : []),
    ...killLines(context),
    ...problems(context, title.fresh, diff.fresh),
    ...problems(context, title.worse, diff.worse, ({ from }) => say.was(from)),
    ...problems(context, title.perhapsFresh, diff.perhapsFresh, ({ why }) => say.why[why]),
    ...problems(context, title.better, diff.better, ({ from }) => say.was(from)),
    ...problems(context, title.gone, diff.gone),
    ...problems(context, title.perhapsGone, diff.perhapsGone, ({ why }) => say.why[why]),
    ...appLines(context),
    ...figures(
      context,
      say.memory(changeLimits.memoryRatio, changeLimits.memoryBytes),
      diff.memory,
      (value) => options.fmt.bytes(value),
    ),
    ...figures(
      context,
      say.restarts(changeLimits.restarts),
      diff.restarts,
      (value) => options.fmt.count(value),
      ({ from, to }) => (to < from ? say.fell : ''),
    ),
  ];
}

function head({ diff, say, fmt, columns, color }: Context): readonly Line[] {
  const { before, after } = diff;
  const points = (score: number | null, grade: string | null): string =>
    score === null ? say.noScore : `${score}${grade === null ? '' : ` (${grade})`}`;
  const change = before.score === null || after.score === null ? null : after.score - before.score;
  const verdict =
    before.verdict === after.verdict
      ? say.verdict[after.verdict]
      : `${say.verdict[before.verdict]} -> ${say.verdict[after.verdict]}`;
  const counts = say.counts(
    diff.fresh.length + diff.perhapsFresh.length,
    diff.worse.length,
    diff.better.length,
    diff.gone.length,
  );
  const word = diff.isWorse ? say.worse : say.better;
  return [
    plain(oneLine(before.host), 'strong'),
    ...sentence(
      say.span(
        fmt.stamp(before.takenAt),
        fmt.stamp(after.takenAt),
        apart(fmt, after.takenAt - before.takenAt),
      ),
      columns,
      2,
    ),
    ...(after.takenAt < before.takenAt ? [plain(say.reversed, 'yellow')] : []),
    blank,
    [
      { text: color ? ` ${word} ` : `[${word}]`, style: diff.isWorse ? 'critical' : 'healthy' },
      { text: `  ${counts}`, style: 'plain' },
    ],
    plain(
      `${say.verdictLabel}${say.colon}${verdict}   ${say.scoreLabel}${say.colon}${say.score(points(before.score, before.grade), points(after.score, after.grade), change)}`,
    ),
  ];
}

function problems<P extends Problem>(
  context: Context,
  title: string,
  list: readonly P[],
  note: (problem: P) => string = () => '',
): readonly Line[] {
  if (list.length === 0) return [];
  const groups = [
    ...groupBy(
      list,
      (problem) =>
        `${problem.audit}\n${problem.priority}\n${note(problem)}${problem.audit === gapAuditId ? problem.subject.text : ''}`,
    ).values(),
  ];
  const shown = groups.slice(0, shownRows);
  const left = groups.slice(shownRows).reduce((sum, group) => sum + group.length, 0);
  return [
    blank,
    heading(context.say.counted(title, list.length), context.columns),
    ...shown.flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : problemLines(context, group, first, note(first));
    }),
    ...rest(context, left),
  ];
}

const badges = { P0: 'p0', P1: 'p1', P2: 'p2', P3: 'p3' } as const;

/** `[P1] what: whom, whom (note)`, as many lines as it takes. */
function problemLines(
  context: Context,
  group: readonly Problem[],
  { audit, priority, subject }: Problem,
  note: string,
): readonly Line[] {
  const { color, columns, locale, fmt, say } = context;
  const badge = color ? ` ${priority} ` : `[${priority}]`;
  const whom = group.map((problem) => whomOf(context, problem)).filter((text) => text !== '');
  const what = whatOf(context, audit, subject.text);
  const said = whom.length === 0 ? what : `${what}${say.colon}${fmt.list(whom, shownNames)}`;
  const text = note === '' ? said : locale === 'en' ? `${said} (${note})` : `${said}（${note}）`;
  return wrap(text, columns - 5).map((part, index): Line => {
    const lead: Piece =
      index === 0 ? { text: badge, style: badges[priority] } : { text: '    ', style: 'plain' };
    return [lead, { text: ` ${part}`, style: 'plain' }];
  });
}

function whatOf({ words, locale, say }: Context, audit: string, evidence: string): string {
  if (audit !== gapAuditId) return proseToTerminal(words(audit)?.[locale].title ?? shorten(audit));
  const names: { readonly [key: string]: string } = evidenceNames[locale];
  return say.notSeen(Object.hasOwn(names, evidence) ? (names[evidence] ?? '') : shorten(evidence));
}

function whomOf(context: Context, { audit, subject }: Problem): string {
  if (audit === gapAuditId || subject.kind === 'host') return '';
  return subject.app !== null ? appText(context, subject.app) : shorten(subject.text);
}

function shorten(text: string): string {
  return truncate(oneLine(text), 60);
}

function appText({ shared, say }: Context, app: AppName): string {
  const name = truncate(oneLine(app.name), nameCells);
  return shared.has(app.name) ? `${name} (${say.home(shorten(app.home))})` : name;
}

function sharedNames({ before, after }: ReportDiff): ReadonlySet<string> {
  const homes = new Map<string, string>();
  const shared = new Set<string>();
  for (const { name, home } of [...before.apps, ...after.apps]) {
    if ((homes.get(name) ?? home) !== home) shared.add(name);
    homes.set(name, home);
  }
  return shared;
}

function rest({ say }: Context, left: number): readonly Line[] {
  return left > 0 ? [plain(`     ${say.more(left)}`, 'soft')] : [];
}

function killLines(context: Context): readonly Line[] {
  const { diff, say, columns } = context;
  if (diff.kills === null) {
    return [blank, heading(say.title.kills, columns), ...sentence(say.killsUnknown, columns)];
  }
  if (diff.kills.length === 0) return [];
  // The newest, newest last: as the kernel log has them.
  const shown = diff.kills.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0)).slice(-shownRows);
  return [
    blank,
    heading(say.counted(say.title.kills, diff.kills.length), columns),
    ...rest(context, diff.kills.length - shown.length),
    ...shown.map((kill): Line => killLine(context, kill)),
  ];
}

function killLine(context: Context, { at, pid, comm, app }: KillFacts): Line {
  const { fmt, say } = context;
  const when = at === null ? say.noTime : fmt.exact(at);
  const who = app === null ? say.noApp : appText(context, app);
  const what = [comm === null ? '' : shorten(comm), pid === null ? '' : say.pid(pid)]
    .filter((part) => part !== '')
    .join(', ');
  return [
    { text: `${when}  `, style: 'plain' },
    { text: who, style: 'red' },
    { text: `  ${what}`, style: 'plain' },
  ];
}

function appLines(context: Context): readonly Line[] {
  const { diff, say, columns } = context;
  if (diff.appsCame.length + diff.appsWent.length === 0) return [];
  const row = (label: string, apps: readonly AppName[]): readonly Line[] =>
    apps.length === 0
      ? []
      : sentence(
          `${label}${say.colon}${context.fmt.list(
            apps.map((app) => appText(context, app)),
            shownRows,
          )}`,
          columns,
          2,
        );
  return [
    blank,
    heading(say.title.apps, columns),
    ...row(say.came, diff.appsCame),
    ...row(say.went, diff.appsWent),
  ];
}

function figures(
  context: Context,
  title: string,
  changes: readonly FigureChange[],
  figure: (value: number) => string,
  note: (change: FigureChange) => string = () => '',
): readonly Line[] {
  if (changes.length === 0) return [];
  const shown = changes.slice(0, shownRows);
  const names = shown.map((change) => appText(context, change));
  const width = Math.min(Math.max(...names.map(cells)), Math.floor(context.columns / 2));
  return [
    blank,
    heading(title, context.columns),
    ...shown.map((change, index): Line => {
      const style: Style = change.to > change.from ? 'yellow' : 'plain';
      return [
        { text: `${pad(names[index] ?? '', width)}  `, style: 'plain' },
        { text: `${figure(change.from)} -> ${figure(change.to)}`, style },
        { text: note(change) === '' ? '' : `  ${note(change)}`, style: 'soft' },
      ];
    }),
    ...rest(context, changes.length - shown.length),
  ];
}
