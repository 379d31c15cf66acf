import { Command, Option } from 'commander';
import type { CheckFlags } from './commands/check/question.ts';
import type { DiffFlags } from './commands/diff.ts';
import type { HistoryFlags } from './commands/history.ts';
import type { ScheduleFlags } from './commands/schedule/schedule-flags.ts';
import type { ScheduledFlags } from './commands/schedule/scheduled-run.ts';
import type { SendFlags } from './commands/send.ts';
import type { WatchFlags } from './commands/watch/settings.ts';
import { formats } from './options.ts';
import type { Flags } from './resolve-options.ts';
import type { Terminal } from './terminal.ts';
import { tool } from './version.ts';

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Given twice, both are meant. `before` is true where it was given without a value. */
const addresses = (value: string, before: unknown): string =>
  typeof before === 'string' ? `${before},${value}` : value;

function withAuditOptions(command: Command): Command {
  return command
    .option(
      '--home <dir>',
      'PM2 home to audit; repeatable (default: every daemon this user may read)',
      collect,
    )
    .option('--since <when>', 'start of the window: 24h, 7d or 2026-11-20 (default: 7d)')
    .option('--kernel-log <file>', 'read this kernel log instead of the live one; repeatable', collect)
    .option('--observe <time>', 'listen to the PM2 bus that long, 0 = not (default: 2s)')
    .option('--db <file>', 'history kept by pm2-audit watch (default: in your state folder)')
    .option('--config <file>', 'settings (default: pm2-audit.config.{json,yaml,mjs} here)')
    .option('--verbose', 'say what is read and how long it takes');
}

function withReportOptions(command: Command): Command {
  return command
    .option('--out <dir>', 'folder of the reports, - = one format to stdout (default: ./reports)')
    .option('--format <list>', `any of ${formats.join(',')} (default: terminal,md,html,json)`)
    .option('--lang <lang>', 'en or zh-CN (default: from the environment)')
    .option('--top <n>', 'rows in the tables (default: 10)')
    .option('--app <name|id>', 'findings and tables of this app only')
    .addOption(
      new Option('--fail-on <priority>', 'exit 1 from this priority on (default: P0)').argParser(String),
    )
    .option('--quiet', 'print nothing unless a finding reaches --fail-on')
    .option('--no-color', 'no colour');
}

/** Every verb and option; each verb is loaded when it is typed. `done` receives the exit code of the verb that ran. */
export function program(
  terminal: (flags: { color?: boolean }) => Terminal,
  done: (code: number) => void,
): Command {
  const root = new Command('pm2-audit')
    .description('Says why each PM2 app restarted, which one the OOM killer took, and what to change first.')
    .version(tool.version, '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions()
    .showHelpAfterError('(pm2-audit --help lists commands and options)');

  withReportOptions(withAuditOptions(root.command('audit', { isDefault: true })))
    .description('audit this host once: summary here, dated reports in ./reports (the default)')
    .option(
      '--email [to]',
      'mail the report when there is something to tell (default: as configured)',
      addresses,
    )
    .option('--send', 'tell all configured channels when there is something to tell: mail, chats, webhooks')
    .option('--send-on <rule>', 'P1 (something urgent is new, worse or gone), change or always (default: P1)')
    // Written into crontabs and units by `schedule`; nobody types them.
    .addOption(new Option('--scheduled <id>').hideHelp())
    .addOption(new Option('--jitter <time>').hideHelp())
    .addOption(new Option('--secrets <file>').hideHelp())
    .addOption(new Option('--deadline <time>').hideHelp())
    .action(async (flags: ScheduledFlags) => {
      if (flags.scheduled === undefined)
        return done(await (await import('./commands/audit.ts')).runAudit(flags, terminal(flags)));
      const { runScheduled } = await import('./commands/schedule/scheduled-run.ts');
      done(await runScheduled(flags, process.argv.slice(2), terminal(flags)));
    });

  withReportOptions(root.command('demo'))
    .description('start a private PM2 with small sick apps, audit it, leave nothing behind')
    .action(async (flags: Flags) =>
      done(await (await import('./commands/demo.ts')).runDemo(flags, terminal(flags))),
    );

  root
    .command('oom')
    .argument('[file...]', 'kernel logs, journals, PM2 logs, .gz too; - = stdin (default: this host)')
    .description('list every OOM kill in logs, or of this host')
    .option('--json', 'print pm2-audit.oom/1')
    .option('--since <when>', 'only kills since then: 24h, 7d or 2026-11-20')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .option('--verbose', 'say what is read')
    .action(async (files: string[], flags: Flags & { json?: boolean }) =>
      done(await (await import('./commands/oom-verb.ts')).runOomVerb(files, flags, terminal(flags))),
    );

  withAuditOptions(root.command('capture'))
    .description('write the redacted evidence as one JSON file, to attach to a report or to replay')
    .option('-o, --output <file>', 'file, - = stdout', '-')
    .action(async (flags: Flags & { output: string }) =>
      done(await (await import('./commands/capture.ts')).runCapture(flags, terminal(flags))),
    );

  withReportOptions(root.command('replay').argument('<file>', 'a capture, - = stdin'))
    .description('make the report of a capture, on any machine')
    .option('--config <file>', 'settings, for limits and suppressions')
    .action(async (file: string, flags: Flags) =>
      done(await (await import('./commands/replay.ts')).runReplay(file, flags, terminal(flags))),
    );

  root
    .command('doctor')
    .description('what this user can and cannot see here, and what mends each blind spot')
    .option('--home <dir>', 'PM2 home; repeatable', collect)
    .option('--kernel-log <file>', 'kernel log to check; repeatable', collect)
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .action(async (flags: Flags) =>
      done(await (await import('./commands/doctor.ts')).runDoctor(flags, terminal(flags))),
    );

  root
    .command('check')
    .description('one line for Nagios and Icinga; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN')
    .option('--app <name|id>', 'this app only: its findings, figures, and whether it runs')
    .option('-w, --warning <priority>', 'WARNING from this priority on (default: P1)')
    .option('-c, --critical <priority>', 'CRITICAL from this priority on (default: P0)')
    .option('-t, --timeout <time>', 'UNKNOWN when there is no result by then (default: 30s)')
    .option('-v, --long', 'more lines below the first: each finding and its fix')
    .option('--home <dir>', 'PM2 home; repeatable (default: every daemon this user may read)', collect)
    .option('--since <when>', 'start of the window: 24h, 7d or 2026-11-20 (default: 24h)')
    .option('--observe <time>', 'listen to the PM2 bus that long (default: 0)')
    .option('--without <list>', 'judge without this evidence, e.g. oomLog where it cannot be read')
    .option('--kernel-log <file>', 'read this kernel log instead of the live one; repeatable', collect)
    .option('--db <file>', 'history kept by pm2-audit watch (default: in your state folder)')
    .option('--config <file>', 'settings (default: pm2-audit.config.{json,yaml,mjs} here)')
    .option('--lang <lang>', 'en or zh-CN')
    .action(async (flags: CheckFlags) =>
      done(await (await import('./commands/check.ts')).runCheck(flags, terminal({}))),
    );

  root
    .command('explain')
    .argument('[audit]', 'its id; without one, all are listed')
    .description('what an audit looks at, its limits with sources, how to fix and to silence it')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .action(async (audit: string | undefined, flags: Flags) =>
      done(await (await import('./commands/explain.ts')).runExplain(audit ?? null, flags, terminal(flags))),
    );

  root
    .command('history')
    .argument('[app]', 'name or id; without one, all apps in a table')
    .description('memory, restarts and events of the past, as pm2-audit watch keeps them')
    .option('--since <when>', 'start of the span: 24h, 7d or 2026-11-20 (default: 7d)')
    .option('--metric <name>', 'memory, pm2, pss, swap, cpu, processes or restarts (default: memory)')
    .option('--json', 'print pm2-audit.history/1')
    .option('--csv', 'print every point as CSV')
    .option('--db <file>', 'history kept by pm2-audit watch (default: in your state folder)')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .action(async (app: string | undefined, flags: HistoryFlags) =>
      done(await (await import('./commands/history.ts')).runHistory(app ?? null, flags, terminal(flags))),
    );

  root
    .command('diff')
    .argument('[a]', 'the older report: a file, a number back (-2), or a time (24h, 2026-11-20)')
    .argument('[b]', 'the newer one (default: the last two of this host)')
    .description('what is new, worse, better or gone between two reports; exit 1 = something new or worse')
    .option('--reports <dir>', 'folder of the reports (default: ./reports)')
    .option('--json', 'print pm2-audit.diff/1')
    .option('--db <file>', 'history kept by pm2-audit watch (default: in your state folder)')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .action(async (a: string | undefined, b: string | undefined, flags: DiffFlags) =>
      done(await (await import('./commands/diff.ts')).runDiff(a, b, flags, terminal(flags))),
    );

  root
    .command('send')
    .description(
      'send the newest report to the configured channels, and what could not be sent before; exit 3 = failed',
    )
    .option('--email [to]', 'only the mail, to these addresses (default: as configured)', addresses)
    .option('--to <name>', 'only the channel of this name')
    .option('--test', 'send no report: try the way to each channel, and explain what fails')
    .option('--reports <dir>', 'folder of the reports (default: ./reports)')
    .option('--config <file>', 'settings (default: pm2-audit.config.{json,yaml,mjs} here)')
    .option('--db <file>', 'where the outbox is kept (default: in your state folder)')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--quiet', 'say only what failed')
    .option('--no-color', 'no colour')
    .action(async (flags: SendFlags) =>
      done(await (await import('./commands/send.ts')).runSend(flags, terminal(flags))),
    );

  root
    .command('watch')
    .description('keep samples, restarts and OOM kills of this host, and say what changes, until Ctrl-C')
    .option('--interval <time>', 'between two samples (default: 10s)')
    .option('--threshold <size>', 'warn when an app without a memory limit holds more (default: 1G)')
    .option('--home <dir>', 'PM2 home; repeatable (default: every daemon this user may read)', collect)
    .option('--db <file>', 'where the history is kept (default: ~/.local/state/pm2-audit/history.db)')
    .option('--no-store', 'keep nothing')
    .option('--lang <lang>', 'en or zh-CN')
    .option('--no-color', 'no colour')
    .action(async (flags: WatchFlags & Flags) =>
      done(await (await import('./commands/watch.ts')).runWatch(flags, terminal(flags))),
    );

  root
    .command('schedule')
    .description('run the audit by cron or systemd: shows the line, asks, writes it; alone: how it goes')
    .option('--daily <time>', 'once a day, e.g. 08:00, in the zone of this host')
    .option('--every <span>', '5m to 12h, e.g. 6h')
    .option('--cron <expression>', 'five fields, e.g. "0 8 * * mon-fri"')
    .option(
      '--email [to]',
      'mail the report when there is something to tell (default: as configured)',
      addresses,
    )
    .option('--send', 'tell all configured channels: mail, chats, webhooks')
    .option('--systemd', 'a service and a timer instead of a crontab line')
    .option('--out <dir>', 'folder of the reports (default: ./reports here)')
    .option('--config <file>', 'settings (default: pm2-audit.config.{json,yaml,mjs} here)')
    .option('--home <dir>', 'PM2 home; repeatable (default: every daemon this user may read)', collect)
    .option('--fail-on <priority>', 'exit 1 from this priority on (default: P0)')
    .option('--db <file>', 'history kept by pm2-audit watch (default: in your state folder)')
    .option('--secrets <file>', 'NAME=value lines for the run, readable by you only: secrets go here')
    .option('--jitter <time>', 'at most so late, the same every time on this host (default: 2m)')
    .option('--lang <lang>', 'en or zh-CN (default: from the environment)')
    .option('--yes', 'do not ask')
    .option('--status', 'next run, last run and how it went; exit 1 = something needs a look')
    .option('--remove', 'take the schedules of pm2-audit away; with --out only that one')
    .option('--no-color', 'no colour')
    .action(async (flags: ScheduleFlags) =>
      done(await (await import('./commands/schedule.ts')).runSchedule(flags, terminal(flags))),
    );

  root
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a completion script for your shell')
    .action(async (shell: string) =>
      done(await (await import('./commands/completion.ts')).runCompletion(shell, root, terminal({}))),
    );
  return root;
}
