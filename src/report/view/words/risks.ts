import { evidenceNames } from '../../../derive/gap-words.ts';
import type { EvidenceKey } from '../../../model/evidence.ts';
import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface RiskWords {
  low: string;
  unseen(keys: readonly EvidenceKey[]): string;
  leakUnknown: string;
  lossUnknown: string;
  unknown: string;
  more(count: number): string;
  nextCheck(at: string): string;
  compare(at: string): string;
  watchTree: string;
  healthy: string;
}

export const riskWords: { readonly [L in Locale]: (fmt: ReportFmt) => RiskWords } = {
  en: (fmt) => ({
    low: 'Nothing in what was seen points to it.',
    unseen: (keys) =>
      `Not seen: ${fmt.list(
        keys.map((key) => evidenceNames.en[key]),
        3,
      )}.`,
    leakUnknown: 'One look shows no growth. It takes samples over time; none are kept yet.',
    lossUnknown: 'Processes were ended in the middle of their work. No log says whether a write was cut off.',
    unknown: 'What was seen does not carry an answer.',
    more: (count) => `and ${countOf(fmt, count, 'more', 'more')}`,
    nextCheck: (at) => `Next check: ${at}.`,
    compare: (at) => `Compare with the next report, ${at}.`,
    watchTree: 'Judge apps by their tree memory, not by PM2’s figure.',
    healthy: 'Keep the reports: they become the history.',
  }),
  'zh-CN': (fmt) => ({
    low: '可见范围内没有迹象。',
    unseen: (keys) =>
      `看不到：${fmt.list(
        keys.map((key) => evidenceNames['zh-CN'][key]),
        3,
      )}。`,
    leakUnknown: '单次采集看不出增长，需要一段时间的采样；目前尚无采样。',
    lossUnknown: '有进程在工作中被终止，日志无法说明是否有写入被中断。',
    unknown: '现有证据不足以判断。',
    more: (count) => `另有 ${fmt.count(count)} 项`,
    nextCheck: (at) => `下次检查：${at}。`,
    compare: (at) => `与下一份报告（${at}）对比。`,
    watchTree: '以进程树内存为准，而非 PM2 的数值。',
    healthy: '保留每次报告，作为历史依据。',
  }),
};
