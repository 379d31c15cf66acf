import type { Report, Risk, RiskLevel } from '../../model/report.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { shortFix } from './marks.ts';
import type { RisksView, RiskView } from './model.ts';
import { fullStop, sentences } from './words/numbers.ts';
import { type RiskWords, riskWords } from './words/risks.ts';

const shownActions = 5;
const filled: { readonly [L in RiskLevel]: number } = { low: 1, medium: 2, high: 3, unknown: 0 };
const tones = { low: 'green', medium: 'orange', high: 'red', unknown: 'soft' } as const;

/** Four risks with their reason, what to do when, and when to look again. */
export function risksView(context: Context): RisksView {
  const { report, fmt, words } = context;
  const say = riskWords[context.locale](fmt);
  const { nextActions } = report;
  const list = (
    title: string,
    ids: readonly string[],
    extra: readonly Prose[] = [],
  ): RisksView['actions'][number] => ({ title, items: actions(context, say, ids, extra) });
  const isHidden = report.processes.some(
    (row) => (row.rankedBytes ?? 0) > 3 * (row.app.pm2RssBytes ?? Number.POSITIVE_INFINITY),
  );
  return {
    risks: (['oom', 'crash', 'memoryLeak', 'dataLoss'] as const).map((name) =>
      riskView(context, say, name, report.risks[name]),
    ),
    actions: [
      list(words.action.now, nextActions.now),
      list(words.action.today, nextActions.today),
      list(words.action.thisWeek, nextActions.thisWeek),
      list(words.action.ongoing, nextActions.ongoing, [
        ...(isHidden ? [say.watchTree] : []),
        say.compare(fmt.time(report.nextCheckAt)),
      ]),
    ],
    nextCheck: say.nextCheck(fmt.time(report.nextCheckAt)),
  };
}

function riskView(context: Context, say: RiskWords, name: keyof Report['risks'], risk: Risk): RiskView {
  const { words } = context;
  return {
    name: words.risk[name],
    level: words.level[risk.level],
    tone: tones[risk.level],
    boxes: [0, 1, 2].map((box) => ({ x: box * 8, isFilled: box < filled[risk.level] })),
    isUnknown: risk.level === 'unknown',
    reason: reason(context, say, name, risk),
  };
}

function reason({ says, locale }: Context, say: RiskWords, name: keyof Report['risks'], risk: Risk): Prose {
  const findings = risk.findings.flatMap((id) => says.finding(id) ?? []);
  const headlines = findings.slice(0, 2).map((finding) => fullStop(locale, says.headline(finding)));
  const rest = findings.length > 2 ? fullStop(locale, say.more(findings.length - 2)) : null;
  const unseen = risk.missing.length > 0 ? say.unseen(risk.missing) : null;
  if (headlines.length > 0)
    return sentences(locale, [
      ...headlines,
      rest === null ? null : rest.slice(0, 1).toUpperCase() + rest.slice(1),
      unseen,
    ]);
  if (unseen !== null) return unseen;
  if (risk.level === 'unknown')
    return name === 'memoryLeak' ? say.leakUnknown : name === 'dataLoss' ? say.lossUnknown : say.unknown;
  return say.low;
}

function actions(
  context: Context,
  say: RiskWords,
  ids: readonly string[],
  extra: readonly Prose[],
): RisksView['actions'][number]['items'] {
  const { says, words } = context;
  const planned = ids.flatMap((id) => says.plannedFix(id) ?? []);
  const shown = planned
    .slice(0, shownActions)
    .map((fix) => ({ link: shortFix(context, fix.id), text: says.fix(fix).title }));
  const rest =
    planned.length > shownActions ? [{ link: null, text: say.more(planned.length - shownActions) }] : [];
  const all = [...shown, ...rest, ...extra.map((text) => ({ link: null, text }))];
  return all.length > 0 ? all : [{ link: null, text: words.action.nothing }];
}
