import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface StorageWords {
  unseen: string;
  nothing: string;
  lead(facts: {
    readonly shown: string;
    readonly scanned: string;
    readonly files: number;
    readonly isComplete: boolean;
    /** What the history says of the disks; null = there is none. */
    readonly growth: string | null;
  }): string;
  owner(app: string): string;
  atLeast(size: string): string;
}

export const storageWords: { readonly [L in Locale]: (fmt: ReportFmt) => StorageWords } = {
  en: (fmt) => ({
    unseen: 'Folders and logs were not measured, so nothing is known about their size.',
    nothing: 'No data folder and no log of an app was found.',
    lead: ({ shown, scanned, files, isComplete, growth }) =>
      `${isComplete ? '' : 'The search ended at its time or file budget, so these are lower bounds. '}Listed here: ${shown}. Looked at: ${scanned} in ${countOf(fmt, files, 'file', 'files')}. ${growth ?? 'Growth and the day the disk is full need samples over days, which pm2-audit watch keeps: unknown so far.'}`,
    owner: (app) => `of ${app}`,
    atLeast: (size) => `over ${size}`,
  }),
  'zh-CN': (fmt) => ({
    unseen: '未测量目录与日志，大小无法判断。',
    nothing: '没有找到应用的数据目录或日志。',
    lead: ({ shown, scanned, files, isComplete, growth }) =>
      `${isComplete ? '' : '扫描达到时间或文件数上限，以下均为下限。'}所列合计 ${shown}；共检查 ${fmt.count(files)} 个文件（${scanned}）。${growth ?? '增长速度与写满日期需要数天的采样（由 pm2-audit watch 保存），目前无法判断。'}`,
    owner: (app) => `属于 ${app}`,
    atLeast: (size) => `超过 ${size}`,
  }),
};
