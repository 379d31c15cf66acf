import type { Fmt } from '../../model/audit.ts';
import type { Cause } from '../../model/restart.ts';
import { causes } from '../../model/restart.ts';
import type { Locale } from '../../model/text.ts';

/** Causes of restarts in a few words, as the report's tables call them. */
export const causeWords: { readonly [L in Locale]: { readonly [C in Cause]: string } } = {
  en: {
    'oom-kill': 'OOM kill',
    'heap-oom': 'heap limit',
    'memory-limit': 'memory limit',
    crash: 'crash',
    'clean-exit': 'clean exit',
    signal: 'outside signal',
    'stop-timeout': 'stop timeout',
    manual: 'manual',
    reload: 'reload',
    cron: 'cron',
    watch: 'file watch',
    'daemon-restart': 'daemon restart',
    unknown: 'unknown',
  },
  'zh-CN': {
    'oom-kill': '内存不足强杀',
    'heap-oom': '堆内存耗尽',
    'memory-limit': '超限重启',
    crash: '崩溃',
    'clean-exit': '正常退出',
    signal: '外部信号',
    'stop-timeout': '停止超时',
    manual: '人工重启',
    reload: '重载',
    cron: '定时重启',
    watch: '文件监听',
    'daemon-restart': '守护进程重启',
    unknown: '原因不明',
  },
};

/** Ended by itself, by its own fault or by lack of memory: what a loop is made of (RestartStory.loops). */
export const failureCauses: readonly Cause[] = [
  'oom-kill',
  'heap-oom',
  'memory-limit',
  'crash',
  'signal',
  'clean-exit',
];
/** Somebody or something asked for it. */
export const askedCauses: readonly Cause[] = [
  'manual',
  'reload',
  'cron',
  'watch',
  'stop-timeout',
  'daemon-restart',
];

/** Signals that a process brings on itself: a fault in native code, or an abort. */
export function isFault(signal: string | null): boolean {
  return signal !== null && /^SIG(?:SEGV|BUS|ILL|FPE|ABRT|SYS|TRAP)$/.test(signal);
}

export type CauseCounts = { readonly [C in Cause]?: number };

export function countOf(counts: CauseCounts, among: readonly Cause[]): number {
  return among.reduce((total, cause) => total + (counts[cause] ?? 0), 0);
}

/** `61 reload, 35 manual and 9 crash` / `重载 61、人工重启 35、崩溃 9`, most frequent first. */
export function countsInWords(counts: CauseCounts, locale: Locale, fmt: Fmt): string {
  const shown = causes
    .filter((cause) => (counts[cause] ?? 0) > 0)
    .toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
    .map((cause) => {
      const count = fmt.count(counts[cause] ?? 0);
      const word = causeWords[locale][cause];
      return locale === 'en' ? `${count} ${word}` : `${word} ${count}`;
    });
  return locale === 'en' ? fmt.list(shown, 13) : shown.join('、');
}
