import type { ScheduleWords } from './words.ts';

const again = 'run this command again after an upgrade; pm2-audit schedule --status tells when it is gone';

export const en: ScheduleWords = {
  lineGoes: (user) => `This line goes into the crontab of ${user}:`,
  lineLeaves: (user) => `This line leaves the crontab of ${user}:`,
  fileGoes: 'This file is written:',
  fileLeaves: 'This file is removed:',
  replaces: 'It replaces:',
  label: {
    next: 'Next runs',
    reports: 'Reports',
    note: 'Note',
    when: 'When',
    last: 'Last run',
    before: 'Before',
    said: 'It said',
    attention: 'Attention',
    schedule: 'Schedule',
  },
  comma: ', ',
  listComma: ', ',
  semicolon: '; ',
  nextIs: (time) => `; next run ${time}`,
  late: (time) => `each ${time} later on this host, always the same`,
  lateUpTo: (time) => `each up to ${time} later, on this host always the same`,
  ask: 'Do it? [y/N] ',
  yes: /^y(?:es)?$/i,
  notWritten: 'Nothing was changed.',
  needsYes: 'nothing was changed: there is no terminal to ask on. Look at it, then run it again with --yes.',
  alreadySo: 'It is installed so already; nothing was changed.',
  written:
    'Done. pm2-audit schedule --status shows the next and the last run, pm2-audit schedule --remove takes it away.',
  removed: 'Done. The reports stay where they are.',
  nothingToRemove: 'pm2-audit has no schedule of this user here; nothing was changed.',
  ofModule:
    'The PM2 module keeps a time of its own, and PM2 alone can take it away. Type: pm2 set pm2-audit:schedule ""',
  moduleGone: 'The PM2 module that kept a time is gone; what was noted of its runs is forgotten.',
  none: 'pm2-audit has no schedule of this user here. pm2-audit schedule --daily 08:00 makes one.',
  otherNone:
    'No schedule of this user has this report folder; without --out and --home all are removed. pm2-audit schedule --status lists them.',
  seconds: (ms) => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`),

  nodePasses: (node, manager) =>
    `${node} is a Node${manager === null ? '' : ` of ${manager}`} in a folder of its version. When that version goes, no audit runs: ${again}.`,
  scriptPasses: (script, manager) =>
    manager === 'npx'
      ? `pm2-audit runs from npx here, so it lies in npm's cache (${script}), which may be emptied. Run npm install -g pm2-audit, then this command again.`
      : `${script} lies in a folder that may not last: ${again}.`,
  reportsClosed: (folder, user) =>
    `${user} may not write to ${folder}, so no run could keep a report. Name another folder with --out, or give this one to ${user}.`,
  secrets: (names) =>
    `${names.join(', ')} ${names.length === 1 ? 'comes' : 'come'} from the environment, which a scheduled run does not have. Write ${names.length === 1 ? 'it' : 'them'} as NAME=value into a file of your own (chmod 600) and name it with --secrets. Nothing secret is written into the schedule.`,
  cronAbsent:
    'No cron daemon runs here now, so nothing would start the line: systemctl start cron, service cron start, or --systemd.',
  cronZone: (zone) =>
    `your crontab sets CRON_TZ=${zone}: cronie (Red Hat, Arch) reads the times after it in that zone, Debian's cron ignores it.`,
  cronShell: (shell) =>
    `your crontab sets SHELL=${shell}; this line is written for sh. Try it once, or move SHELL below it.`,
  skipped: (day, clock, bySystemd) =>
    bySystemd
      ? `on ${day} there is no ${clock} here, because the clock is put forward: the timer leaves that day out.`
      : `on ${day} there is no ${clock} here, because the clock is put forward: cron runs it right after the change.`,
  noLinger: (user) =>
    `units of a user stop when the last session ends. So that it runs without you: loginctl enable-linger ${user}`,
  notBooted:
    'systemd is not the init of this host: the units will be written, but nothing starts them. Leave --systemd out to use cron.',
  systemctlFailed: (detail, commands) =>
    `the units are written, but systemd did not take them (${detail}). Type: ${commands.join(' && ')}, then run this again`,
  notRemembered: (detail) =>
    `the schedule stands, but what --status compares with could not be noted (${detail}). Check the owner of ~/.local/state/pm2-audit.`,

  by: (kind, user) =>
    kind === 'cron' ? `crontab of ${user}` : kind === 'systemd' ? 'systemd timer' : 'PM2 module',
  off: 'switched off by the # before it',
  notRead: 'this time is not one we read',
  neverRan: 'never yet',
  running: (pid, since) => `one is at work since ${since} (process ${pid})`,
  lastRun: (at, took, code, meaning) => `${at}, took ${took}, exit ${code}: ${meaning}`,
  delivery: (state) =>
    ({
      done: 'delivered, or nothing to tell',
      failed: 'not delivered; it is tried again with the next run',
      'not-reached': 'nothing delivered',
      'not-asked': 'no delivery asked for',
    })[state],
  tally: (runs, codes) =>
    `the last ${runs} runs: ${codes.map(([code, count]) => `${count} × exit ${code}`).join(', ')}`,
  end: {
    deadline: 'stopped, it took too long',
    stopped: 'told to stop',
    busy: 'it left, another one was at work',
    crashed: 'ended from outside',
  },
  overdue: (due, by, runs) =>
    by === 'cron'
      ? `cron did not run it on ${due}. ${
          runs === false
            ? 'No cron daemon runs here: systemctl start cron, or service cron start.'
            : 'Look for it in the log of cron: journalctl -u cron -u crond, or grep CRON /var/log/syslog.'
        }`
      : by === 'systemd'
        ? `the timer did not run it on ${due}. systemctl list-timers says whether it is active.`
        : `the PM2 module did not run it on ${due}. pm2 ls says whether it is online.`,
  wasOff: (due, boot) => `it was due on ${due}; this host started at ${boot}, so it was off then.`,
  nodeGone: (node) =>
    `${node} is gone, so no run can start. Run pm2-audit schedule again with the Node of today.`,
  scriptGone: (script) =>
    `${script} is gone, so no run can start. Install pm2-audit again, then run pm2-audit schedule again.`,
};
