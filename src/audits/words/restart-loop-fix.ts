import type { Fmt } from '../../model/audit.ts';
import type { FixWords } from '../../model/finding.ts';
import type { RestartLoopArgs } from './restart-loop.ts';

const names = (args: RestartLoopArgs, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));

/** What to do against a loop, by its remedy. */
export function loopFixEn(args: RestartLoopArgs, fmt: Fmt): FixWords {
  const app = names(args, fmt);
  if (args.remedy === 'raise-limit')
    return {
      title: `Raise the memory limit of ${app}`,
      steps: ['The limit is below what the app needs to work, so it is ended while healthy.'],
      expected: `No restart while it stays below ${fmt.bytes(args.newLimitBytes ?? 0)}. If it still grows without end, it leaks.`,
      verify: 'The next report shows no restart by memory limit.',
      undo: 'Restore the old value and restart the app.',
      minutes: 3,
    };
  if (args.remedy === 'find-growth')
    return {
      title: `Find out how much memory ${app} needs`,
      steps: [
        'It reaches the limit soon after each start: most likely the limit is below what it needs to work. No higher value can be named from what was seen.',
        'Raise the limit as far as the host has room and watch the app under ordinary load. If it levels off, set the limit half as high again as that; if not, it leaks: compare a heap snapshot taken soon after the start with a later one.',
      ],
      expected: 'The app stays below its limit.',
      verify: 'The next report shows no restart by memory limit.',
      undo: 'Restore the old value and restart the app.',
      minutes: 60,
    };
  if (args.remedy === 'find-killer')
    return {
      title: `Find what kills ${app}`,
      steps: [
        'Compare the times with the kills for memory in this report. Where none fits, look for scripts, health checks and timers that end processes.',
        `Let the kernel write the sender down: ${fmt.code('auditctl -a always,exit -F arch=b64 -S kill -S tkill -S tgkill -k who-kills')}, later ${fmt.code('ausearch -k who-kills -i')}.`,
      ],
      expected: 'The sender is known, and the app stays up.',
      verify: 'Its restart counter does not grow for ten minutes.',
      undo: `Remove the rule: ${fmt.code('auditctl -D -k who-kills')}.`,
      minutes: 20,
    };
  if (args.remedy === 'job')
    return {
      title: `Tell PM2 what ${app} is: a job or a service`,
      steps: [
        `A job: ${fmt.code('autorestart: false')}, with ${fmt.code('cron_restart')} if it runs by the clock.`,
        'A service: it should not end by itself. Find out what it waits for, and why it stops waiting.',
      ],
      expected: 'Each run is wanted, and the counter means something again.',
      verify: 'Its restart counter does not grow for ten minutes.',
      undo: 'Remove the line and restart the app.',
      minutes: 10,
    };
  if (args.remedy === 'no-watch')
    return {
      title: `Do not watch the files of ${app}`,
      steps: [
        `If a restart on change is wanted, keep ${fmt.code('watch')} and put the folders it writes to into ${fmt.code('ignore_watch')}; the lines quoted with the finding name them.`,
      ],
      expected: 'No restart by file watch; deploys restart the app with pm2 reload.',
      verify: 'The next report: 0 restarts by file watch.',
      undo: 'Restore the old value and restart the app.',
      minutes: 3,
    };
  if (args.remedy === 'read-log')
    return {
      title: `Mend the error that ends ${app}`,
      steps: ['A delay between its starts is set already, so only the cause is left: read the last errors.'],
      expected: 'The app stays up.',
      verify: 'Its restart counter does not grow for ten minutes.',
      undo: 'Not needed.',
      minutes: 30,
    };
  return {
    title: `Slow down ${app} when it fails, and mend the error`,
    steps: [
      'The delay only spares the host. The cure is in the app: start with the quoted lines.',
      ...(args.cause === 'clean-exit'
        ? [
            `If it is a job that ends when done, set ${fmt.code('autorestart: false')} or run it by cron instead.`,
          ]
        : []),
    ],
    expected: 'The wait grows from 0.1 s to 15 s while it fails, and is gone after 30 s of uptime.',
    verify: `${fmt.code('pm2 ls')} shows ${fmt.code('waiting restart')} between failures, and the counter grows slowly.`,
    undo: 'Remove the line and restart the app.',
    minutes: 3,
  };
}

export function loopFixZh(args: RestartLoopArgs, fmt: Fmt): FixWords {
  const app = names(args, fmt);
  if (args.remedy === 'raise-limit')
    return {
      title: `提高 ${app} 的内存上限`,
      steps: ['现有上限低于应用正常工作所需，因此健康时也会被重启。'],
      expected: `低于 ${fmt.bytes(args.newLimitBytes ?? 0)} 时不再重启。若仍持续增长，则为泄漏。`,
      verify: '下次报告：超限重启 0 次。',
      undo: '恢复原值并重启应用。',
      minutes: 3,
    };
  if (args.remedy === 'find-growth')
    return {
      title: `查明 ${app} 需要多少内存`,
      steps: [
        '每次启动后很快就达到上限：很可能上限低于正常工作所需。根据现有数据给不出更高的值。',
        '请在主机余量允许的范围内调高上限，在日常负载下观察。若占用趋于平稳，按其 1.5 倍设置上限；若持续增长，则是泄漏：对比刚启动时和之后的堆快照。',
      ],
      expected: '内存保持在上限以内。',
      verify: '下次报告：超限重启 0 次。',
      undo: '恢复原值并重启应用。',
      minutes: 60,
    };
  if (args.remedy === 'find-killer')
    return {
      title: `查明是谁终止了 ${app}`,
      steps: [
        '先与本报告中的内存不足强杀记录对照时间。对不上时，检查会结束进程的脚本、健康检查和定时任务。',
        `让内核审计记录发送者：${fmt.code('auditctl -a always,exit -F arch=b64 -S kill -S tkill -S tgkill -k who-kills')}，之后用 ${fmt.code('ausearch -k who-kills -i')} 查看。`,
      ],
      expected: '找到发送者，应用保持运行。',
      verify: '十分钟内重启次数不再增加。',
      undo: `删除审计规则：${fmt.code('auditctl -D -k who-kills')}。`,
      minutes: 20,
    };
  if (args.remedy === 'job')
    return {
      title: `明确 ${app} 是任务还是服务`,
      steps: [
        `若是任务：设置 ${fmt.code('autorestart: false')}，需要定时运行时加上 ${fmt.code('cron_restart')}。`,
        '若是服务：不应自行退出。查明它在等待什么，以及为什么不再等待。',
      ],
      expected: '每次运行都是预期中的，重启计数也恢复意义。',
      verify: '十分钟内重启次数不再增加。',
      undo: '删除该行并重启应用。',
      minutes: 10,
    };
  if (args.remedy === 'no-watch')
    return {
      title: `不再监听 ${app} 的文件`,
      steps: [
        `如果确实需要改动后自动重启，请保留 ${fmt.code('watch')}，并把它写入的目录加入 ${fmt.code('ignore_watch')}；目录见问题中引用的日志行。`,
      ],
      expected: '不再因文件变化而重启；部署时用 pm2 reload 重启。',
      verify: '下次报告：文件监听重启 0 次。',
      undo: '恢复原值并重启应用。',
      minutes: 3,
    };
  if (args.remedy === 'read-log')
    return {
      title: `修复导致 ${app} 退出的错误`,
      steps: ['已设置重启延迟，只剩根因需要处理：查看最近的错误日志。'],
      expected: '应用保持运行。',
      verify: '十分钟内重启次数不再增加。',
      undo: '无需回退。',
      minutes: 30,
    };
  return {
    title: `让 ${app} 失败后延迟重启，并修复错误`,
    steps: [
      '延迟只能减轻主机负担，根治要修复应用本身：从引用的日志行入手。',
      ...(args.cause === 'clean-exit'
        ? [`如果它是执行完就结束的任务，请设置 ${fmt.code('autorestart: false')}，或改用定时任务。`]
        : []),
    ],
    expected: '失败期间等待时间由 0.1 秒逐次增加到 15 秒，稳定运行 30 秒后清零。',
    verify: `失败间隙 ${fmt.code('pm2 ls')} 显示 ${fmt.code('waiting restart')}，重启次数增长变慢。`,
    undo: '删除该行并重启应用。',
    minutes: 3,
  };
}
