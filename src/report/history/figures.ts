import type { PastEvent } from '../../derive/past/app-events.ts';
import { type LastRestart, type MetricName, metrics, type Unit } from '../../derive/past/app-past.ts';
import { causeWords } from '../../derive/restarts/cause-words.ts';
import type { EpochMs, Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import type { HistoryWords } from './history-words.ts';

/** A value of a metric as the reader wants it; null = `-`, not applicable. */
export function figure(metric: MetricName, value: number | null, fmt: ReportFmt): string {
  return value === null ? '-' : withUnit(metrics[metric].unit, value, fmt);
}

function withUnit(unit: Unit, value: number, fmt: ReportFmt): string {
  if (unit === 'bytes') return fmt.bytes(value);
  return unit === 'percent' ? fmt.percent(value) : fmt.count(Math.round(value * 10) / 10);
}

/** The cause of a restart in two words: an audit's, else what the lines prove; never more than they do. */
export function causeText(last: LastRestart | null, say: HistoryWords, locale: Locale): string {
  if (last === null) return '';
  if (last.cause !== null) return causeWords[locale][last.cause];
  return last.event === null ? say.unknown : eventCause(last.event, say, locale);
}

function eventCause(event: PastEvent, say: HistoryWords, locale: Locale): string {
  const words = causeWords[locale];
  if (event.kind === 'kill')
    return event.confidence === 'certain' || event.confidence === 'likely' ? words['oom-kill'] : say.unknown;
  if (event.kind !== 'end') return say.unknown;
  if (event.reason === 'asked') return say.asked;
  if (event.reason !== null) return words[event.reason];
  if (event.signal !== null) return event.signal;
  return event.code === null ? say.unknown : say.exit(event.code);
}

/** A date far away says its year. */
export function farTime(fmt: ReportFmt, at: EpochMs, now: EpochMs): string {
  return Math.abs(at - now) > 180 * 86_400_000 ? fmt.isoDate(at) : fmt.time(at);
}
