import type { ScheduleWords } from './words.ts';

const again = '升级后请重新执行本命令；一旦失效，pm2-audit schedule --status 会指出';

export const zh: ScheduleWords = {
  lineGoes: (user) => `将写入 ${user} 的 crontab：`,
  lineLeaves: (user) => `将从 ${user} 的 crontab 中移除：`,
  fileGoes: '将写入文件：',
  fileLeaves: '将删除文件：',
  replaces: '替换原有的：',
  label: {
    next: '下次运行',
    reports: '报告目录',
    note: '注意',
    when: '时间',
    last: '上次运行',
    before: '此前',
    said: '输出',
    attention: '异常',
    schedule: '定时任务',
  },
  comma: '，',
  listComma: '、',
  semicolon: '；',
  nextIs: (time) => `，下次运行 ${time}`,
  late: (time) => `本机固定推迟 ${time}`,
  lateUpTo: (time) => `推迟不超过 ${time}，本机每次相同`,
  ask: '是否执行？[y/N] ',
  yes: /^(?:y(?:es)?|是)$/i,
  notWritten: '未做任何更改。',
  needsYes: '未做任何更改：当前没有可供确认的终端。请确认以上内容后加 --yes 重新执行。',
  alreadySo: '已按此安装，未做任何更改。',
  written: '完成。pm2-audit schedule --status 查看下次和上次运行，pm2-audit schedule --remove 移除。',
  removed: '完成。报告保留在原处。',
  nothingToRemove: '当前用户在本机没有 pm2-audit 定时任务，未做任何更改。',
  ofModule: 'PM2 模块有自己的定时任务，只能通过 PM2 停用，请执行：pm2 set pm2-audit:schedule ""',
  moduleGone: '设置过定时任务的 PM2 模块已不再运行；其运行记录已清除。',
  none: '当前用户在本机没有 pm2-audit 定时任务。执行 pm2-audit schedule --daily 08:00 即可创建。',
  otherNone:
    '当前用户没有使用该报告目录的定时任务；不加 --out 和 --home 则移除全部。pm2-audit schedule --status 可列出。',
  seconds: (ms) => (ms < 120_000 ? `${Math.round(ms / 1000)} 秒` : `${Math.round(ms / 60_000)} 分钟`),

  nodePasses: (node, manager) =>
    `${node} 是${manager === null ? '' : ` ${manager} 安装的`}带版本号目录中的 Node，删除该版本后审计将不再运行：${again}。`,
  scriptPasses: (script, manager) =>
    manager === 'npx'
      ? `当前由 npx 运行，pm2-audit 位于 npm 缓存（${script}），可能被清理。请先执行 npm install -g pm2-audit，再重新执行本命令。`
      : `${script} 所在目录可能不会长期存在：${again}。`,
  reportsClosed: (folder, user) =>
    `用户 ${user} 无权写入 ${folder}，定时运行时无法保存报告。请用 --out 指定其他目录，或将该目录的写权限授予 ${user}。`,
  secrets: (names) =>
    `${names.join('、')} 来自当前环境变量，定时运行时没有这些变量。请以 NAME=value 的形式写入仅本人可读的文件（chmod 600），并用 --secrets 指定。定时任务中不会写入任何密钥。`,
  cronAbsent:
    '本机当前没有运行 cron 守护进程，这一行不会被执行：systemctl start cron、service cron start，或改用 --systemd。',
  cronZone: (zone) =>
    `crontab 中设置了 CRON_TZ=${zone}：cronie（Red Hat、Arch）会按该时区解释其后的时间，Debian 的 cron 则忽略它。`,
  cronShell: (shell) =>
    `crontab 中设置了 SHELL=${shell}，而这一行按 sh 编写。请先试运行一次，或将 SHELL 移到它之后。`,
  skipped: (day, clock, bySystemd) =>
    bySystemd
      ? `${day} 时钟拨快，本地没有 ${clock} 这一时刻：定时器会跳过这一天。`
      : `${day} 时钟拨快，本地没有 ${clock} 这一时刻：cron 会在拨快后立即执行。`,
  noLinger: (user) =>
    `用户级单元会在最后一个会话结束时停止。如需在未登录时也运行：loginctl enable-linger ${user}`,
  notBooted: 'systemd 不是本机的 init：单元文件会写入，但不会有进程启动它们。不加 --systemd 则使用 cron。',
  systemctlFailed: (detail, commands) =>
    `单元文件已写入，但 systemd 未能加载（${detail}）。请执行：${commands.join(' && ')}，然后重新执行本命令`,
  notRemembered: (detail) =>
    `定时任务已生效，但供 --status 对照的记录未能写入（${detail}）。请检查 ~/.local/state/pm2-audit 的属主。`,

  by: (kind, user) =>
    kind === 'cron' ? `${user} 的 crontab` : kind === 'systemd' ? 'systemd 定时器' : 'PM2 模块',
  off: '行首有 #，已停用',
  notRead: '无法识别该时间表达式',
  neverRan: '尚未运行',
  running: (pid, since) => `${since} 开始的一次仍在运行（进程 ${pid}）`,
  lastRun: (at, took, code, meaning) => `${at}，用时 ${took}，退出码 ${code}：${meaning}`,
  delivery: (state) =>
    ({
      done: '已投递，或无需通知',
      failed: '未送达，下次运行时重试',
      'not-reached': '未投递',
      'not-asked': '未要求投递',
    })[state],
  tally: (runs, codes) =>
    `最近 ${runs} 次运行：${codes.map(([code, count]) => `退出码 ${code} × ${count}`).join('，')}`,
  end: {
    deadline: '超时，已被停止',
    stopped: '被要求停止',
    busy: '另一次仍在运行，本次退出',
    crashed: '被外部终止',
  },
  overdue: (due, by, runs) =>
    by === 'cron'
      ? `cron 未在 ${due} 运行它。${
          runs === false
            ? '本机没有运行 cron 守护进程：systemctl start cron 或 service cron start。'
            : '请在 cron 日志中查找：journalctl -u cron -u crond，或 grep CRON /var/log/syslog。'
        }`
      : by === 'systemd'
        ? `定时器未在 ${due} 运行它。systemctl list-timers 可查看定时器是否启用。`
        : `PM2 模块未在 ${due} 运行它。pm2 ls 可查看模块是否在线。`,
  wasOff: (due, boot) => `应在 ${due} 运行；本机于 ${boot} 启动，当时处于关机状态。`,
  nodeGone: (node) => `${node} 已不存在，无法启动任何运行。请用当前的 Node 重新执行 pm2-audit schedule。`,
  scriptGone: (script) =>
    `${script} 已不存在，无法启动任何运行。请重新安装 pm2-audit，再执行 pm2-audit schedule。`,
};
