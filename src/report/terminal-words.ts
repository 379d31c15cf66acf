import type { Priority } from '../model/finding.ts';
import type { VerdictWord } from '../model/report.ts';
import type { Confidence, Locale } from '../model/text.ts';
import type { ReportFmt } from './format.ts';

/** Words of the terminal summary: short, because a line has 80 cells. */
export interface TerminalWords {
  readonly verdict: { readonly [V in VerdictWord]: string };
  readonly sure: { readonly [C in Confidence]: string };
  score(score: number, grade: string): string;
  readonly noScore: string;
  past(difference: number, date: string, score: number, grade: string): string;
  count(count: number, priority: Priority): string;
  readonly countGap: string;
  blind(blind: number, all: number): string;
  onlyApp(name: string): string;
  readonly problems: string;
  more(count: number): string;
  readonly kernel: string;
  readonly system: string;
  readonly limit: string;
  readonly pressure: string;
  readonly containerLimit: string;
  readonly idle: string;
  kills(count: number): string;
  readonly apps: string;
  readonly appsByPm2: string;
  readonly head: {
    readonly app: string;
    readonly tree: string;
    readonly restarts: string;
    readonly up: string;
  };
  readonly stopped: string;
  total(apps: number, pm2: string, tree: string | null): string;
  shown(shown: number, all: number): string;
  mostRestarts(list: readonly string[]): string;
  cannotFire(app: string, limit: string, pm2: string, tree: string): string;
  oomSince(at: string): string;
  readonly oom: string;
  readonly oomUnseen: string;
  readonly itself: string;
  biggest(who: string): string;
  earlierKills(count: number): string;
  readonly restarts: string;
  moreStories(count: number): string;
  doFirst(count: number): string;
  patch(app: string): string;
  file(path: string): string;
  readonly asRoot: string;
  readonly inReport: string;
  readonly unseen: string;
  andMore(count: number): string;
  readonly howToSee: string;
  readonly comma: string;
  readonly semicolon: string;
  readonly fullStop: string;
}

const priorityWords: { readonly [L in Locale]: { readonly [P in Priority]: string } } = {
  en: { P0: 'now', P1: 'this week', P2: 'this month', P3: 'long term' },
  'zh-CN': { P0: '立即处理', P1: '本周处理', P2: '本月处理', P3: '长期改进' },
};

const en = (fmt: ReportFmt): TerminalWords => ({
  verdict: { critical: 'CRITICAL', attention: 'ATTENTION', healthy: 'HEALTHY', unknown: 'UNKNOWN' },
  sure: { certain: 'certain', likely: 'likely', possible: 'perhaps', none: 'unknown' },
  score: (score, grade) => `score ${score} of 100, ${grade}`,
  noScore: 'no score: too little was seen',
  past: (difference, date, score, grade) =>
    difference === 0
      ? `as on ${date}`
      : `${Math.abs(difference)} ${difference < 0 ? 'lower' : 'higher'} than ${date} (${score}, ${grade})`,
  count: (count, priority) => `${fmt.count(count)} ${priority} ${priorityWords.en[priority]}`,
  countGap: '     ',
  blind: (blind, all) =>
    `${fmt.count(blind)} of ${fmt.count(all)} checks could not judge; see below what was not seen`,
  onlyApp: (name) => `only ${name}`,
  problems: 'Serious problems',
  more: (count) => `and ${fmt.count(count)} more of this kind: see the report`,
  kernel: 'kernel',
  system: 'System',
  limit: 'Service limit',
  pressure: 'Mem. pressure',
  containerLimit: 'Container',
  idle: 'idle leftover',
  kills: (count) => `${fmt.count(count)} ${count === 1 ? 'kill' : 'kills'}`,
  apps: 'Largest apps (process tree)',
  appsByPm2: 'Largest apps (PM2’s figures)',
  head: { app: 'App', tree: 'Tree', restarts: 'Restarts', up: 'Up' },
  stopped: 'stopped',
  total: (apps, pm2, tree) =>
    `all ${fmt.count(apps)}: PM2 shows ${pm2}${tree === null ? '; the trees could not be read' : `, the trees hold ${tree}`}`,
  shown: (shown, all) => `${fmt.count(shown)} of ${fmt.count(all)} shown`,
  mostRestarts: (list) => `most restarts: ${list.join(', ')}`,
  cannotFire: (app, limit, pm2, tree) =>
    `limit of ${app} cannot fire: ${limit}, and PM2 sees ${pm2} of ${tree}`,
  oomSince: (at) => `Out-of-memory kills since ${at}`,
  oom: 'Out-of-memory kills',
  oomUnseen: 'Unknown: no kernel log could be read, and only it names what the kernel killed.',
  itself: 'biggest then: itself',
  biggest: (who) => `biggest: ${who}`,
  earlierKills: (count) => `and ${fmt.count(count)} earlier: see the report`,
  restarts: 'Why they restarted',
  moreStories: (count) => `and ${fmt.count(count)} more: see the report`,
  doFirst: () => 'Do first',
  patch: (app) => `ecosystem.config.js, ${app}: `,
  file: (path) => `write ${path}:`,
  asRoot: 'as root:',
  inReport: 'the exact text stands in the report',
  unseen: 'Not seen',
  andMore: (count) => `${fmt.count(count)} more`,
  howToSee: 'How to see them: pm2-audit doctor',
  comma: ', ',
  semicolon: '; ',
  fullStop: '. ',
});

const zh = (fmt: ReportFmt): TerminalWords => ({
  verdict: { critical: '严重', attention: '需要关注', healthy: '正常', unknown: '无法判断' },
  sure: { certain: '确定', likely: '很可能', possible: '可能', none: '不明' },
  score: (score, grade) => `评分 ${score}/100，${grade}`,
  noScore: '无评分：可见信息不足',
  past: (difference, date, score, grade) =>
    difference === 0
      ? `与 ${date} 持平`
      : `比 ${date}（${score}，${grade}）${difference < 0 ? '低' : '高'} ${Math.abs(difference)} 分`,
  count: (count, priority) => `${priority} ${priorityWords['zh-CN'][priority]} ${fmt.count(count)}`,
  countGap: '    ',
  blind: (blind, all) => `${fmt.count(all)} 项检查中有 ${fmt.count(blind)} 项无法判断，见下方「未能看到」`,
  onlyApp: (name) => `仅 ${name}`,
  problems: '严重问题',
  more: (count) => `另有 ${fmt.count(count)} 项同级问题，见报告`,
  kernel: '内核',
  system: '系统资源',
  limit: '服务上限',
  pressure: '内存压力',
  containerLimit: '容器上限',
  idle: '闲置遗留',
  kills: (count) => `${fmt.count(count)} 次强杀`,
  apps: '占用最大的应用（进程树）',
  appsByPm2: '占用最大的应用（PM2 数值）',
  head: { app: '应用', tree: '进程树', restarts: '重启', up: '已运行' },
  stopped: '已停止',
  total: (apps, pm2, tree) =>
    `全部 ${fmt.count(apps)} 个：PM2 显示 ${pm2}${tree === null ? '；进程树无法读取' : `，进程树合计 ${tree}`}`,
  shown: (shown, all) => `共 ${fmt.count(all)} 个，列出 ${fmt.count(shown)} 个`,
  mostRestarts: (list) => `重启最多：${list.join('、')}`,
  cannotFire: (app, limit, pm2, tree) => `${app} 的上限 ${limit} 不会触发：PM2 只看到 ${pm2}，实际 ${tree}`,
  oomSince: (at) => `内存不足强杀（自 ${at} 起）`,
  oom: '内存不足强杀',
  oomUnseen: '无法判断：读不到内核日志，而只有它记录内核强杀了谁。',
  itself: '当时最大：自身',
  biggest: (who) => `当时最大：${who}`,
  earlierKills: (count) => `更早还有 ${fmt.count(count)} 次，见报告`,
  restarts: '重启原因',
  moreStories: (count) => `另有 ${fmt.count(count)} 个应用，见报告`,
  doFirst: (count) => (count === 1 ? '先做这件事' : count === 2 ? '先做这两件事' : '先做这几件事'),
  patch: (app) => `ecosystem.config.js，${app} 一节： `,
  file: (path) => `写入 ${path}：`,
  asRoot: '以 root 执行：',
  inReport: '全文见报告',
  unseen: '未能看到',
  andMore: (count) => `另有 ${fmt.count(count)} 项`,
  howToSee: '补救办法：pm2-audit doctor',
  comma: '，',
  semicolon: '；',
  fullStop: '。',
});

export const terminalWords: { readonly [L in Locale]: (fmt: ReportFmt) => TerminalWords } = {
  en,
  'zh-CN': zh,
};
