import type { WatchWords } from './words.ts';

export const zh: WatchWords = {
  level: { normal: '正常', watch: '关注', warn: '告警' },
  column: { memory: '内存', swap: 'swap', up: '在线', down: '停', tree: '应用' },
  comma: '，',
  started: (every, store) => `每 ${every}采样一次。${store}`,
  noStore: '不保存历史（--no-store）。',
  storeOff: '不保存历史',
  homes: (names) => `PM2 home：${names.join('、')}`,
  noHome: '未发现当前用户可读取的 PM2 守护进程，等待其启动。',
  ended: '已结束。',

  memory: (used, total, percent) => `内存已用 ${percent}：${used}，共 ${total}`,
  swap: (used, total, percent, isCalm) =>
    `swap 已用 ${percent}：${used}，共 ${total}，${isCalm ? '可用内存充足' : '且内存紧张'}`,
  group: (path, used, total, percent) =>
    `PM2 的进程已占 cgroup ${path} 上限的 ${percent}：${used}，上限 ${total}`,
  disk: (mount, free, percent) => `磁盘 ${mount} 已用 ${percent}，剩余 ${free}`,
  appLimit: (app, used, limit, percent) =>
    `${app} 已达 max_memory_restart 的 ${percent}：${used}，上限 ${limit}`,
  appMemory: (app, used, threshold) =>
    `${app} 占用 ${used}，未设置 max_memory_restart，告警阈值 ${threshold}`,
  cpu: (app, percent) => `${app} 占用单核 CPU 的 ${percent}`,
  daemon: (home, used) => `${home} 的 PM2 守护进程占用 ${used}`,

  kill: (process, size, who, sure, group) =>
    `OOM 强杀：${process}${size === null ? '' : `，${size}`}${group === null ? '' : `，触及 cgroup ${group} 的上限`}；${who ?? '未能对应到 PM2 应用'}${who === null ? '' : `（${sure}）`}`,
  sure: { certain: '确定', likely: '很可能', possible: '可能', none: '未知' },
  main: (app, pid) => `${app} 的主进程 ${pid}`,
  child: (app, pid) => `${app} 的子进程 ${pid}`,
  module: (app, pid) => `PM2 模块 ${app}，进程 ${pid}`,
  daemonItself: (pid) => `PM2 守护进程本身，进程 ${pid}`,
  notPm2: '不是 PM2 的进程',
  oneOf: (names) => `以下之一：${names}`,
  earlierKills: (count, newest) =>
    `内核日志中有 ${count} 次启动之前的 OOM 强杀${newest === null ? '' : `，最近一次在 ${newest}`}；可用 pm2-audit oom 查看`,

  exitCode: (app, code) => `${app} 退出，退出码 ${code}`,
  exitPlain: (app) => `${app} 结束：退出码 0 或 SIGINT，PM2 的记录无法区分`,
  exitSignal: (app, signal) => `${app} 被 ${signal} 结束`,
  exitAsked: (app) => `${app} 已结束：PM2 正在停止或重启它`,
  online: (app) => `${app} 已上线`,
  loop: (times) => `5 分钟内 ${times} 次：循环重启，之后只计数`,
  more: (app, times) => `${app} 又结束了 ${times} 次`,
  overLimit: (app, id, current, limit) =>
    `PM2 重启 ${app ?? `id 为 ${id} 的应用`}：${current}，超过 max_memory_restart ${limit}`,
  gaveUp: (script, times) => `${script} 异常重启 ${times} 次后，PM2 已放弃，应用保持停止`,
  stillAlive: (pid) => `进程 ${pid} 未能按时停止，PM2 发送 SIGKILL`,
  spawnFailed: (detail) => `PM2 未能启动进程：${detail}`,

  homeAdded: (home) => `新的 PM2 home：${home}`,
  homeGone: (home) => `PM2 home ${home} 已消失`,
  daemonUp: (home, pid) => `${home} 的新 PM2 守护进程已运行，进程 ${pid}`,
  daemonGone: (home) => `${home} 的 PM2 守护进程已不在`,
  daemonSilent: (home) => `${home} 的 PM2 守护进程没有响应`,
  daemonStarted: (home) => `${home} 的 PM2 守护进程正在启动`,
  daemonStopped: (home) => `${home} 的 PM2 守护进程被命令停止`,
  daemonSignalled: (home) => `${home} 的 PM2 守护进程被信号结束`,
  daemonError: (home) => `${home} 的 PM2 守护进程出错，正在重启全部应用`,

  kernelUnseen: (detail) =>
    `看不到 OOM 强杀：${detail}。请以 root 运行，或执行 sysctl kernel.dmesg_restrict=0`,
  kernelLost: '部分内核消息未及读取即被覆盖，可能漏掉 OOM 强杀',
  logSkipped: (home, size) => `${home}/pm2.log 增长过快，跳过 ${size}`,
  lookFailed: (detail) => `一次采样失败，下一次继续：${detail}`,
};
