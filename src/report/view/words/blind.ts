import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import { countOf, stretch } from './numbers.ts';

export interface BlindWords {
  lead(gaps: number, seen: number, all: number): string;
  allSeen: string;
  before(name: string, at: string): string;
  beginsThere(source: string): string;
  killsMissing(ms: number): string;
  restartsMissing(ms: number, unexplained: number): string;
  keepKernelLog: string;
  keepPm2Log: string;
  switchedOff(name: string): string;
  switchedOffFollows(blind: number): string;
  failedCheck(audit: string): string;
  failedFollows: string;
  failedRemedy: string;
  tried(attempts: readonly string[]): string;
  seeFix(id: string): string;
  more(count: number): string;
  muted(
    audit: string,
    app: string | null,
    findings: number,
    reason: string,
    until: string | null,
    expired: boolean,
  ): string;
  doctor: string;
  explain: string;
  oom: string;
  capture: string;
  observe: string;
  describe: string;
}

export const blindWords: { readonly [L in Locale]: (fmt: ReportFmt) => BlindWords } = {
  en: (fmt) => ({
    lead: (gaps, seen, all) =>
      `${countOf(fmt, gaps, 'gap', 'gaps')}; ${fmt.count(seen)} of ${countOf(fmt, all, 'source', 'sources')} were read. Where this report says “none”, it means none within what was visible.`,
    allSeen:
      'Every source was read. Where this report says “none”, it means none within the time each source covers.',
    before: (name, at) => `${capital(name)} before ${at}`,
    beginsThere: (source) => `${source} begins there`,
    killsMissing: (ms) => `Kills in the first ${stretch(fmt, ms)} of the window, if any, are missing here.`,
    restartsMissing: (ms, unexplained) =>
      unexplained > 0
        ? `${countOf(fmt, unexplained, 'restart', 'restarts')} on PM2’s counters ${unexplained === 1 ? 'has' : 'have'} no cause here.`
        : `Restarts in the first ${stretch(fmt, ms)} of the window, if any, are missing here.`,
    keepKernelLog: 'Keep the journal across reboots.',
    keepPm2Log: 'Rotate pm2.log and keep two weeks of it.',
    switchedOff: capital,
    switchedOffFollows: (blind) =>
      blind > 0
        ? `${countOf(fmt, blind, 'check', 'checks')} could not run.`
        : 'What it would have added is missing; no check depends on it alone.',
    failedCheck: (audit) => `Check ${audit}`,
    failedFollows: 'It ended with an error and judged nothing. This is a fault of pm2-audit.',
    failedRemedy: 'Report it with a capture: it holds no secrets that PM2 told us.',
    tried: (attempts) => `tried ${fmt.list(attempts, 4)}`,
    seeFix: (id) => `Fix ${id} in section 7.`,
    more: (count) => `${countOf(fmt, count, 'more gap', 'more gaps')} in the JSON report.`,
    muted: (audit, app, findings, reason, until, expired) =>
      `${audit}${app === null ? '' : ` of ${app}`}: ${expired ? 'the rule mutes nothing any more' : `${countOf(fmt, findings, 'finding', 'findings')} muted`}${until === null ? '' : `, until ${until}`}. Reason given: ${reason}`,
    doctor: 'what this user can and cannot see here',
    explain: 'what this check looks at, its limits and their sources',
    oom: 'every kill in the kernel log, with all its figures',
    capture: 'the redacted evidence as one file, to judge again elsewhere',
    observe: 'listen to PM2 for a minute while it happens',
    describe: 'PM2’s own record of the app',
  }),
  'zh-CN': (fmt) => ({
    lead: (gaps, seen, all) =>
      `${fmt.count(all)} 项证据来源读到 ${fmt.count(seen)} 项，共 ${fmt.count(gaps)} 处缺失。报告中的“无”，仅指可见范围内没有。`,
    allSeen: '所有证据来源均已读取。报告中的“无”，仅指各来源覆盖的时间内没有。',
    before: (name, at) => `${at} 之前的${/^[A-Za-z]/.test(name) ? ' ' : ''}${name}`,
    beginsThere: (source) => `${source} 从该时刻开始`,
    killsMissing: (ms) => `统计时段最初 ${stretch(fmt, ms)}内若有强杀，本报告无法列出。`,
    restartsMissing: (ms, unexplained) =>
      unexplained > 0
        ? `PM2 累计中有 ${fmt.count(unexplained)} 次重启在此查不到原因。`
        : `统计时段最初 ${stretch(fmt, ms)}内若有重启，本报告无法列出。`,
    keepKernelLog: '让 journal 跨重启保留。',
    keepPm2Log: '轮转 pm2.log，并保留两周。',
    switchedOff: (name) => name,
    switchedOffFollows: (blind) =>
      blind > 0 ? `${fmt.count(blind)} 项检查无法进行。` : '缺少它本可补充的信息；没有检查只依赖它。',
    failedCheck: (audit) => `检查 ${audit}`,
    failedFollows: '执行出错，没有得出判断。这是 pm2-audit 自身的问题。',
    failedRemedy: '请附上 capture 文件反馈：其中不含 PM2 已知的敏感值。',
    tried: (attempts) => `已尝试 ${fmt.list(attempts, 4)}`,
    seeFix: (id) => `见第 7 节修复 ${id}。`,
    more: (count) => `另有 ${fmt.count(count)} 处见 JSON 报告。`,
    muted: (audit, app, findings, reason, until, expired) =>
      `${audit}${app === null ? '' : `（${app}）`}：${expired ? '该规则已不再忽略任何问题' : `忽略 ${fmt.count(findings)} 项`}${until === null ? '' : `，至 ${until}`}。所填原因：${reason}`,
    doctor: '当前用户在本机能看到与看不到的内容',
    explain: '该检查的依据、阈值及其来源',
    oom: '内核日志中的每一次强杀及全部数值',
    capture: '把脱敏后的证据存成一个文件，可在别处重新判断',
    observe: '在问题发生时监听 PM2 一分钟',
    describe: 'PM2 自身对该应用的记录',
  }),
};

/** A name of a file stays as it is: `pm2.log`. */
function capital(name: string): string {
  return /^\S*\./.test(name) ? name : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
