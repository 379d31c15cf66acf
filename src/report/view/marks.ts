import type { Finding, Priority } from '../../model/finding.ts';
import { type Cause, causes } from '../../model/restart.ts';
import type { Confidence, Locale } from '../../model/text.ts';
import type { CauseCount, Judgement, LinkView, Mark, Pill, StateView, SureView } from './atoms.ts';
import type { Context } from './context.ts';

const tones = { P0: 'p0', P1: 'p1', P2: 'p2', P3: 'p3' } as const satisfies {
  readonly [P in Priority]: Pill['tone'];
};

export function pill({ words }: Context, priority: Priority): Pill {
  return { code: priority, tone: tones[priority], word: words.priority[priority] };
}

/** Colour = who did it, shape = which exactly; the word always stands beside it. */
const looks: { readonly [C in Cause]: readonly [family: Mark['family'], symbol: string] } = {
  'oom-kill': ['mem', '◆'],
  'heap-oom': ['mem', '◇'],
  'memory-limit': ['mem', '◈'],
  crash: ['fault', '✕'],
  signal: ['fault', '▼'],
  'stop-timeout': ['fault', '▽'],
  manual: ['people', '▲'],
  reload: ['people', '●'],
  cron: ['timer', '■'],
  watch: ['timer', '□'],
  'clean-exit': ['none', '○'],
  'daemon-restart': ['none', '▮'],
  unknown: ['none', '?'],
};

export function mark({ words }: Context, cause: Cause): Mark {
  const [family, symbol] = looks[cause];
  return { cause, family, symbol, word: words.cause[cause] };
}

/** Causes that happened, in the order of the contract: failures first. */
export function causeCounts(
  context: Context,
  byCause: { readonly [C in Cause]?: number },
): readonly CauseCount[] {
  return causes.flatMap((cause) => {
    const count = byCause[cause] ?? 0;
    return count > 0 ? [{ mark: mark(context, cause), count, shown: context.fmt.count(count) }] : [];
  });
}

const stateTones = { ok: 'green', note: 'soft', watch: 'orange', warn: 'red', unknown: 'soft' } as const;

export function state({ words }: Context, kind: Judgement): StateView {
  return { kind, tone: stateTones[kind], word: words.state[kind] };
}

const dotCount: { readonly [C in Confidence]: number } = { certain: 3, likely: 2, possible: 1, none: 0 };

export function sure({ words }: Context, confidence: Confidence): SureView {
  return { dots: [0, 1, 2].map((dot) => dot < dotCount[confidence]), word: words.sure[confidence] };
}

/** `F3` → `f3`: the place of a fix on the page. */
export const fixAnchor = (id: string): string => id.toLowerCase().replace(/[^a-z0-9-]/g, '');

/** The colon of running text. */
export const colon = (locale: Locale): string => (locale === 'en' ? ': ' : '：');

export function fixLink({ says, words, locale }: Context, fixId: string | null): LinkView | null {
  const planned = fixId === null ? null : says.plannedFix(fixId);
  if (planned === null) return null;
  return {
    href: `#${fixAnchor(planned.id)}`,
    text: `${words.fix} ${planned.id}${colon(locale)}${says.fix(planned).title}`,
  };
}

/** `F3`, for lists. */
export function shortFix({ says }: Context, fixId: string): LinkView | null {
  const planned = says.plannedFix(fixId);
  return planned === null ? null : { href: `#${fixAnchor(planned.id)}`, text: `${planned.id}` };
}

export function isSerious(finding: Finding): boolean {
  return finding.priority === 'P0' || finding.priority === 'P1';
}
