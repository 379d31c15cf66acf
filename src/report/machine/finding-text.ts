import type { AnyAudit } from '../../model/audit.ts';
import type { Finding, Subject } from '../../model/finding.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import { makeFmt } from '../format.ts';
import { oneLine, proseToText } from '../prose.ts';
import type { Prose } from '../view/atoms.ts';
import { type Context, makeSays } from '../view/context.ts';
import { furniture } from '../view/furniture.ts';
import { distinctQuotes } from '../view/quotes.ts';
import { snippets } from '../view/snippets.ts';
import { withGapWords } from '../words.ts';

/** What the sentences of findings are made from, for one report and language. */
export function makeContext(report: Report, locale: Locale, audits: readonly AnyAudit[]): Context {
  const byId = new Map(audits.map((audit) => [audit.id, audit.words]));
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  return {
    report,
    locale,
    fmt,
    words: furniture[locale],
    says: makeSays(
      report,
      locale,
      fmt,
      withGapWords((id) => byId.get(id) ?? null),
    ),
    top: report.processes.length,
  };
}

/** A finding in plain lines: no marks, no control characters, no line breaks inside. */
export interface FindingText {
  readonly title: string;
  readonly effect: string;
  /** Different lines only. */
  readonly quotes: readonly { readonly source: string; readonly text: string }[];
  readonly moreQuotes: number;
  readonly fix: {
    readonly title: string;
    readonly steps: readonly string[];
    readonly snippets: readonly { readonly label: string; readonly lines: readonly string[] }[];
    readonly verify: string;
    readonly undo: string;
  } | null;
}

/** Quoted lines of one finding: enough to believe it; the report has the rest. */
const shownQuotes = 5;

export const plain = (text: Prose): string => oneLine(proseToText(text));

export function findingText(context: Context, finding: Finding): FindingText {
  const { says } = context;
  const quotes = distinctQuotes(finding.because);
  const planned = finding.fix === null ? null : says.plannedFix(finding.fix);
  const words = planned === null ? null : says.fix(planned);
  return {
    title: plain(says.headline(finding)),
    effect: plain(says.effect(finding)),
    quotes: quotes
      .slice(0, shownQuotes)
      .map(({ source, text }) => ({ source: oneLine(source), text: oneLine(text) })),
    moreQuotes: Math.max(0, quotes.length - shownQuotes),
    fix:
      planned === null || words === null
        ? null
        : {
            title: plain(words.title),
            steps: words.steps.map(plain),
            snippets: snippets(context, planned.fix).map(({ label, lines, isDiff }) => ({
              label: plain(label),
              lines: lines.map((line) => oneLine(isDiff ? `${line.mark} ${line.text}` : line.text)),
            })),
            verify: plain(words.verify),
            undo: plain(words.undo),
          },
  };
}

/** Apps named in the name of a test or place; the sentence names more. */
const shownApps = 3;

/** The subject in a few words, the same in every language: a program compares it with the last run's. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'app':
      return oneLine(subject.app.name);
    case 'apps': {
      const names = [...new Set(subject.apps.map(({ name }) => oneLine(name)))];
      const more = names.length - shownApps;
      return names.slice(0, shownApps).join(', ') + (more > 0 ? ` +${more}` : '');
    }
    case 'daemon':
      return oneLine(subject.home);
    case 'process':
      return oneLine(subject.comm);
    case 'unit':
      return oneLine(subject.unit);
    case 'path':
      return oneLine(subject.path);
    case 'host':
      return 'host';
  }
}

/**
 * What makes a finding the same one in the next run: its audit and what it is about. Not PM2's id or a pid, which change with
 * every deployment, and of several apps at once only their homes: the list may grow while the problem stays.
 */
export function findingIdentity({ audit, subject }: Finding): string {
  return JSON.stringify([audit, subject.kind, ...subjectIdentity(subject)]);
}

function subjectIdentity(subject: Subject): readonly string[] {
  const of = ({ home, namespace, name }: AppRef): readonly string[] => [home, namespace, name];
  switch (subject.kind) {
    case 'app':
      return of(subject.app);
    case 'apps':
      return [...new Set(subject.apps.map(({ home }) => home))].toSorted();
    default:
      return [subjectName(subject)];
  }
}

/** Gives each item a number among those of the same key: 1, 2 … */
export function nth(): (key: string) => number {
  const counts = new Map<string, number>();
  return (key) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  };
}
