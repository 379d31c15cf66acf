import type { Quote } from '../../model/text.ts';
import type { Prose, QuoteView } from './atoms.ts';
import type { Context } from './context.ts';

/** The words of a line that carry the fact, by format: kernel kill lines (mm/oom_kill.c), PM2 exit lines (lib/God.js), gunicorn, V8. */
const facts =
  /Kill(?:ed|ing) process \d+,? \(.*?\)(?=,? |$)|anon-rss:\d+ ?kB|was sent SIGKILL!|via signal \[SIG(?!INT\])\w+\]|with code \[[1-9]\d*\]|task_memcg=[^,]+|oom_score_adj:-?[1-9]\d*|JavaScript heap out of memory|exceeds --max-memory-restart value/g;

/** One line of evidence: the same bytes in every language, the telling words marked. */
export function quoteView({ fmt, locale }: Context, quote: Quote, note: Prose | null = null): QuoteView {
  const pieces: { text: string; strong: boolean }[] = [];
  let from = 0;
  for (const match of quote.text.matchAll(facts)) {
    if (match.index > from) pieces.push({ text: quote.text.slice(from, match.index), strong: false });
    pieces.push({ text: match[0], strong: true });
    from = match.index + match[0].length;
  }
  if (from < quote.text.length) pieces.push({ text: quote.text.slice(from), strong: false });
  const when =
    quote.at === null
      ? null
      : locale === 'en'
        ? `${weekday(fmt.fullDate(quote.at))} ${fmt.exact(quote.at)}`
        : fmt.exact(quote.at);
  return { source: quote.source, when, note, text: quote.text, pieces };
}

const weekday = (fullDate: string): string => fullDate.slice(0, 3);

/** Different lines only, in order; an app in a loop repeats itself. */
export function distinctQuotes(quotes: readonly Quote[]): readonly Quote[] {
  const seen = new Set<string>();
  return quotes.filter((quote) => {
    const key = `${quote.source}\n${quote.text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
