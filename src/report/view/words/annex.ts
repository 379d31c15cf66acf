import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf } from './numbers.ts';

export interface AnnexWords {
  caption(apps: number): string;
  modules(count: number): string;
  empty: string;
  madeBy(facts: {
    readonly tool: string;
    readonly version: string;
    readonly host: string;
    readonly wall: string;
    readonly cpu: string;
    readonly memory: string;
  }): string;
  readOnly: string;
  units(zone: string, schema: string): string;
}

export const annexWords: { readonly [L in Locale]: (fmt: ReportFmt) => AnnexWords } = {
  en: (fmt) => ({
    caption: (apps) =>
      `${countOf(fmt, apps, 'app', 'apps')}, biggest tree first. Memory in MB. PM2: its own figure. RSS, PSS, Swap: the whole tree. Counter: PM2’s lifetime counter. Window: restarts seen in the window. ?: not known. –: does not apply.`,
    modules: (count) => `${countOf(fmt, count, 'module', 'modules')} of PM2 itself, not counted as apps.`,
    empty: 'No process to list.',
    madeBy: ({ tool, version, host, wall, cpu, memory }) =>
      `Made by ${tool} ${version} on ${host} in ${wall}, of which ${cpu} CPU, with at most ${memory} of memory.`,
    readOnly:
      'It read and changed nothing: no process was started, stopped or signalled, and no file was written but this report and its copies.',
    units: (zone, schema) =>
      `1 GB = 1,024 MB, as in free and PM2. Times are UTC${zone}. Sensitive values that PM2 knows are removed from every quoted line. Data format ${schema}.`,
  }),
  'zh-CN': (fmt) => ({
    caption: (apps) =>
      `${fmt.count(apps)} 个应用，按进程树内存排列。内存单位 MB。PM2：PM2 自身的数值；RSS、PSS、Swap：整棵进程树；累计：PM2 的总计数；时段内：统计时段内看到的重启。?：无法判断。–：不适用。`,
    modules: (count) => `PM2 自身的 ${fmt.count(count)} 个模块，不计入应用。`,
    empty: '没有可列出的进程。',
    madeBy: ({ tool, version, host, wall, cpu, memory }) =>
      `由 ${tool} ${version} 在 ${host} 上生成，用时 ${wall}，占用 CPU ${cpu}、内存最多 ${memory}。`,
    readOnly: '全程只读：未启动、停止任何进程，未发送信号，除本报告及其副本外未写入任何文件。',
    units: (zone, schema) =>
      `1 GB = 1,024 MB，与 free 和 PM2 一致。时间为 UTC${zone}。所有引用内容均已去除 PM2 已知的敏感值。数据格式 ${schema}。`,
  }),
};
