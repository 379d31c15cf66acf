import type { Finding } from '../../model/finding.ts';
import type { RestartStory } from '../../model/restart.ts';
import type { Context } from './context.ts';
import { sameApp } from './kills.ts';
import { causeCounts, fixLink, isSerious, pill, sure } from './marks.ts';
import type { ProblemsView, ProblemView, StackPart } from './model.ts';
import { distinctQuotes, quoteView } from './quotes.ts';
import { storyAnchor, tellsStory } from './stories.ts';
import { problemWords } from './words/problems.ts';

/** Problems shown in full; then lines, then a number. A page of a thousand problems helps nobody. */
const fullProblems = 8;
const listedProblems = 40;
const quotesEach = 3;

/** P0 and P1 findings: what, the figures, the evidence, the effect, the way to the fix. */
export function problemsView(context: Context): ProblemsView {
  const { report, says } = context;
  const say = problemWords[context.locale](context.fmt);
  const serious = report.findings.filter(isSerious);
  const full = serious.slice(0, fullProblems);
  const listed = serious.slice(fullProblems, fullProblems + listedProblems);
  const left = serious.length - full.length - listed.length;
  const blind = report.verdicts.filter((verdict) => verdict.outcome === 'blind').length;
  return {
    lead: serious.length === 0 ? say.none(blind) : say.lead(report.counts.P0, report.counts.P1),
    shown: full.map((finding) => problem(context, finding)),
    more: listed.map((finding) => ({
      pill: pill(context, finding.priority),
      title: says.headline(finding),
      fix: fixLink(context, finding.fix),
    })),
    moreLead: serious.length > full.length ? say.more(serious.length - full.length) : null,
    evenMore: left > 0 ? say.evenMore(left) : null,
  };
}

function problem(context: Context, finding: Finding): ProblemView {
  const { says, words } = context;
  const say = problemWords[context.locale](context.fmt);
  const quotes = distinctQuotes(finding.because);
  const story = isAboutRestarts(finding) ? storyOf(context, finding) : null;
  return {
    id: finding.id,
    pill: pill(context, finding.priority),
    title: says.headline(finding),
    sure: finding.confidence === 'certain' ? null : sure(context, finding.confidence),
    figures: says.figures(finding),
    stack: story === null ? [] : stack(context, story),
    quotes: quotes.slice(0, quotesEach).map((quote) => quoteView(context, quote)),
    moreQuotes: quotes.length > quotesEach ? say.moreLines(quotes.length - quotesEach) : null,
    effect: says.effect(finding),
    fix: fixLink(context, finding.fix),
    story:
      story !== null && tellsStory(context, story)
        ? { href: `#${storyAnchor(story)}`, text: words.story }
        : null,
  };
}

const isAboutRestarts = (finding: Finding): boolean =>
  /restart|errored|heap-limit-hit|watch-in/.test(finding.audit);

function storyOf({ report }: Context, finding: Finding): RestartStory | null {
  const subject = finding.subject;
  if (subject.kind !== 'app') return null;
  const row = report.processes.find(({ app }) => sameApp(app.ref, subject.app));
  return row?.story !== undefined && row.story !== null && row.story.restarts.length > 1 ? row.story : null;
}

/** The restarts of one app as one bar; the second cause of a family is paler, so that neighbours differ. */
export function stack(context: Context, story: RestartStory): readonly StackPart[] {
  const families = new Set<string>();
  return [...causeCounts(context, story.byCause)]
    .sort((a, b) => b.count - a.count)
    .map(({ mark, count, shown }) => {
      const pale = families.has(mark.family);
      families.add(mark.family);
      return { mark, count, shown, pale };
    });
}
