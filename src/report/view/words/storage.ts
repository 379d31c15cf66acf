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
  }): string;
  owner(app: string): string;
  atLeast(size: string): string;
}

export const storageWords: { readonly [L in Locale]: (fmt: ReportFmt) => StorageWords } = {
  en: (fmt) => ({
    unseen: 'Folders and logs were not measured, so nothing is known about their size.',
    nothing: 'No data folder and no log of an app was found.',
    lead: ({ shown, scanned, files, isComplete }) =>
      `${isComplete ? '' : 'The search ended at its time or file budget, so these are lower bounds. '}Listed here: ${shown}. Looked at: ${scanned} in ${countOf(fmt, files, 'file', 'files')}. Growth and the day the disk is full need a second report: unknown so far.`,
    owner: (app) => `of ${app}`,
    atLeast: (size) => `over ${size}`,
  }),
  'zh-CN': (fmt) => ({
    unseen: '未测量目录与日志，大小无法判断。',
    nothing: '没有找到应用的数据目录或日志。',
    lead: ({ shown, scanned, files, isComplete }) =>
      `${isComplete ? '' : '扫描达到时间或文件数上限，以下均为下限。'}所列合计 ${shown}；共检查 ${fmt.count(files)} 个文件（${scanned}）。增长速度与写满日期需要第二份报告才能得出，目前无法判断。`,
    owner: (app) => `属于 ${app}`,
    atLeast: (size) => `超过 ${size}`,
  }),
};
