import type { Finding, PlannedFix, Priority } from '../../model/finding.ts';
import type { Quote } from '../../model/text.ts';
import type { Prose, Raw } from '../view/atoms.ts';
import type { Context } from '../view/context.ts';
import { snippets } from '../view/snippets.ts';
import type { Change } from './changes.ts';
import type { DigestWords } from './digest-words.ts';
import { type Block, beginning, code, commandLine, type Line, quoteLine, strong, textLine } from './lines.ts';

/** A finding as it may be sent: the whole of it, then shorter ways to say it for a chat with less room. */
export interface ChatFinding {
  readonly id: string;
  readonly priority: Priority;
  /** Fullest first. What is shortened is the quoted line, then what the report holds anyway; no sentence is ever cut. */
  readonly forms: readonly Block[];
}

/** Characters of a quoted line. The kernel's longest kill line takes about 330 (mm/oom_kill.c, with task_memcg). */
const quoteLengths = [600, 300, 120, 60] as const;
/** A longer command is not for copying out of a chat. */
const commandLength = 300;
/** Lines to type; half a command is worse than none, so each is whole. */
const typedLines = 4;

/** The whole block: badge and headline, one line of evidence, the fix and the first of what to type. */
export function wholeFinding(
  context: Context,
  say: DigestWords,
  finding: Finding,
  change: Change | null,
  isFixTold: boolean,
): ChatFinding {
  const head = headLine(context, say, finding, change);
  const quote = finding.because[0] ?? null;
  const quoted = (length: number): Block =>
    quote === null ? [] : [quoteLine(source(context, say, quote), code(beginning(quote.text, length)))];
  const planned = finding.fix === null ? null : context.says.plannedFix(finding.fix);
  const fix = planned === null ? [] : fixLines(context, say, planned, isFixTold);
  return {
    id: finding.id,
    priority: finding.priority,
    forms: [
      ...quoteLengths.map((length): Block => [head, ...quoted(length), ...fix]),
      [head, ...fix],
      [head, ...fix.slice(0, 1)],
      [head, textLine(say.inReport)],
      shortest(context, say, finding, change),
    ],
  };
}

/** The headline alone, for what is less urgent. */
export function lineOfFinding(
  context: Context,
  say: DigestWords,
  finding: Finding,
  change: Change | null,
): ChatFinding {
  const { id, priority } = finding;
  const head = headLine(context, say, finding, change);
  return { id, priority, forms: [[head], shortest(context, say, finding, change)] };
}

function headLine(context: Context, say: DigestWords, finding: Finding, change: Change | null): Line {
  const sure = finding.confidence === 'certain' ? '' : say.sure(context.words.sure[finding.confidence]);
  return textLine(badge(context, say, finding, change), ` ${context.says.headline(finding)}${sure}`);
}

/** Only our own words: there is no name or path in it, so it fits everywhere. */
function shortest(context: Context, say: DigestWords, finding: Finding, change: Change | null): Block {
  return [
    textLine(badge(context, say, finding, change), ` ${context.says.auditTitle(finding.audit)}`),
    textLine(say.inReport),
  ];
}

function badge({ words }: Context, say: DigestWords, { priority }: Finding, change: Change | null) {
  const mark =
    change === null
      ? null
      : change.kind === 'worse'
        ? say.was(change.was)
        : change.kind === 'new'
          ? say.fresh
          : say.perhapsFresh;
  return strong(say.badge(priority, words.priority[priority], mark));
}

/** Names under which our reader of the kernel log quotes its lines (gather/oom). */
const ofKernel = /^(?:kernel log|\/dev\/kmsg|dmesg|journalctl\b.* -k\b.*)$/;

/** A file by its own name: its folder stands in the report. */
function source({ fmt }: Context, say: DigestWords, quote: Quote): string {
  const file = /^\/.*?([^/]+)$/.exec(quote.source)?.[1] ?? quote.source;
  const name = ofKernel.test(quote.source) ? say.kernelLog : fmt.name(file);
  return say.sourced(name, quote.at === null ? null : fmt.exact(quote.at));
}

/** The fix's title and what to type first: lines to change, a file, or commands; by hand, the first step. */
function fixLines(context: Context, say: DigestWords, planned: PlannedFix, isTold: boolean): Block {
  const { says } = context;
  if (isTold) return [textLine(say.fixAbove(planned.id))];
  const words = says.fix(planned);
  const title = textLine(say.fix(planned.id, words.title));
  const all = typed(context, say, planned);
  if (all === null) return [title, textLine(say.inReport)];
  if (all.length === 0) return [title, ...words.steps.slice(0, 1).map((step) => textLine(step))];
  const tooLong = all.findIndex(({ text }) => text.length > commandLength);
  const shown = all.slice(0, Math.min(typedLines, tooLong < 0 ? all.length : tooLong));
  const left = all.length - shown.length;
  return [
    title,
    ...shown.map(({ label, text }) => commandLine(label ?? '', code(text))),
    ...(left > 0 ? [textLine(say.moreLines(left))] : []),
  ];
}

interface Typed {
  /** Before the first line of a snippet. */
  readonly label: Prose | null;
  readonly text: Raw;
}

/** All lines to type, snippet after snippet; null = each app has its own, which only the report can tell apart. */
function typed(context: Context, say: DigestWords, { fix }: PlannedFix): readonly Typed[] | null {
  if (fix.kind === 'ecosystem-patch') {
    const sets = new Set(
      fix.patches.map(({ set }) => JSON.stringify(set.map(({ setting, value }) => [setting, value]))),
    );
    if (sets.size > 1) return null;
  }
  return snippets(context, fix).flatMap(({ label, isDiff, lines }) => {
    const texts = isDiff
      ? lines.flatMap((line) =>
          line.isAdded ? [`+ ${line.text.trim()}`] : line.isRemoved ? [`- ${line.text.trim()}`] : [],
        )
      : lines.map((line) => line.text);
    return [...new Set(texts)].map((text, index) => ({
      label: index === 0 ? `${label}${say.colon}` : null,
      text,
    }));
  });
}
