import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';

const hourMs = 3_600_000;

/** `1 app`, `1,204 apps`. */
export function countOf(fmt: ReportFmt, count: number, one: string, many: string): string {
  return `${fmt.count(count)} ${count === 1 ? one : many}`;
}

/** A stretch of time in a sentence: `7 days`, `24 hours` / `7 天`, `24 小时`. */
export function stretch(fmt: ReportFmt, ms: number): string {
  const hours = Math.round(ms / hourMs);
  const isChinese = fmt.locale === 'zh-CN';
  const minutes = Math.round(ms / 60_000);
  if (hours < 2 && minutes >= 1)
    return isChinese ? `${minutes} 分钟` : countOf(fmt, minutes, 'minute', 'minutes');
  if (hours < 2) return fmt.duration(ms);
  if (hours < 48 || hours % 24 !== 0) {
    if (hours >= 72)
      return isChinese ? `${Math.round(hours / 24)} 天` : countOf(fmt, Math.round(hours / 24), 'day', 'days');
    return isChinese ? `${hours} 小时` : countOf(fmt, hours, 'hour', 'hours');
  }
  return isChinese ? `${hours / 24} 天` : countOf(fmt, hours / 24, 'day', 'days');
}

/** Ends a sentence once: audits' headlines come without a full stop. */
export function fullStop(locale: Locale, sentence: string): string {
  if (sentence === '' || /[.!?。！？…]$/.test(sentence)) return sentence;
  return sentence + (locale === 'en' ? '.' : '。');
}

/** Two sentences after each other: a space between them in English, none in Chinese. */
export function sentences(locale: Locale, parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(locale === 'en' ? ' ' : '');
}

/** Chinese text: a space after a Latin name, none after a Chinese word. The marks of prose.ts may stand at the end. */
export function spaced(text: string): string {
  return /[A-Za-z0-9)\]][\u{e000}-\u{e003}]?$/u.test(text) ? `${text} ` : text;
}
