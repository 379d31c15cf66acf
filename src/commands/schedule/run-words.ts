import type { Locale } from '../../model/text.ts';

/** What a scheduled run itself has to say: one line each, for cron's mail and the journal. */
export interface RunWords {
  /** Why an exit code came, without the number. */
  readonly meaning: (code: number) => string;
  readonly ended: (code: number, took: string) => string;
  readonly silent: (code: number) => string;
  readonly crashed: (how: string) => string;
  readonly deadline: (after: string) => string;
  readonly stopped: (signal: string) => string;
  readonly busy: (pid: string, since: string) => string;
  readonly noRecord: (detail: string) => string;
  readonly seconds: (ms: number) => string;
}

const en: RunWords = {
  meaning: (code) =>
    code === 0
      ? 'no finding at the level asked for'
      : code === 1
        ? 'the audit was made and has findings'
        : code === 3
          ? 'the report is written, but a delivery failed'
          : 'the audit could not be made',
  ended: (code, took) => `pm2-audit: exit ${code}, ${en.meaning(code)}; took ${took}`,
  silent: (code) =>
    `pm2-audit: the scheduled audit ended with exit ${code}: ${en.meaning(code)}. pm2-audit schedule --status shows what it said.`,
  crashed: (how) =>
    `pm2-audit: the scheduled audit was ended by ${how}, not by us: no report of this run. If it was SIGKILL, look with pm2-audit oom whether memory ran out.`,
  deadline: (after) =>
    `pm2-audit: the scheduled audit had not ended after ${after} and was stopped: no report of this run. pm2-audit audit --verbose shows what it waits for.`,
  stopped: (signal) => `pm2-audit: the scheduled audit was told to stop by ${signal}: no report of this run.`,
  busy: (pid, since) =>
    `pm2-audit: the scheduled audit of ${since} (process ${pid}) is still at work, so this run left. If this comes again, schedule it less often.`,
  noRecord: (detail) =>
    `pm2-audit: that this run took place could not be noted (${detail}), so schedule --status does not know of it. Check the free space and the owner of ~/.local/state/pm2-audit.`,
  seconds: (ms) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`),
};

const zh: RunWords = {
  meaning: (code) =>
    code === 0
      ? '没有达到所设级别的问题'
      : code === 1
        ? '审计已完成，存在问题'
        : code === 3
          ? '报告已写入，但有一项投递失败'
          : '未能完成审计',
  ended: (code, took) => `pm2-audit：退出码 ${code}，${zh.meaning(code)}；用时 ${took}`,
  silent: (code) =>
    `pm2-audit: 定时审计以退出码 ${code} 结束：${zh.meaning(code)}。其输出见 pm2-audit schedule --status。`,
  crashed: (how) =>
    `pm2-audit: 定时审计被 ${how} 终止，并非我们所为：本次没有报告。如果是 SIGKILL，请用 pm2-audit oom 检查是否内存耗尽。`,
  deadline: (after) =>
    `pm2-audit: 定时审计运行 ${after} 仍未结束，已被停止：本次没有报告。执行 pm2-audit audit --verbose 可以看到它在等待什么。`,
  stopped: (signal) => `pm2-audit: 定时审计收到 ${signal} 而停止：本次没有报告。`,
  busy: (pid, since) =>
    `pm2-audit: ${since} 开始的定时审计（进程 ${pid}）仍在运行，本次退出。如果反复出现，请降低执行频率。`,
  noRecord: (detail) =>
    `pm2-audit: 无法记录本次运行（${detail}），schedule --status 将看不到它。请检查磁盘空间以及 ~/.local/state/pm2-audit 的属主。`,
  seconds: (ms) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} 秒` : `${Math.round(ms / 60_000)} 分钟`),
};

export const runWords: { readonly [L in Locale]: RunWords } = { en, 'zh-CN': zh };
