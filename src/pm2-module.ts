import { join } from 'node:path';

/** The resident collector as a module of PM2: `pm2 install pm2-audit`, settings by `pm2 set pm2-audit:key value`. */
export async function main(): Promise<void> {
  const { startWatch } = await import('./commands/watch/start.ts');
  const { moduleFlags, moduleSchedule } = await import('./commands/watch/module-settings.ts');
  await startWatch(
    () => moduleFlags(process.env),
    async (flags, terminal) => {
      const schedule = moduleSchedule(process.env);
      if (schedule === null) {
        // Switched off by `pm2 set`, which starts the module anew: `schedule --status` is not to wait for its runs.
        const records = await import('./commands/schedule/run-record.ts');
        const folder = records.recordFolder(process.env);
        for (const record of records.moduleRecords(folder))
          if (!records.isKept(record)) records.forgetRecord(folder, record.id);
        return;
      }
      const { startModuleSchedule } = await import('./commands/schedule/module-schedule.ts');
      // The build puts both into one folder.
      startModuleSchedule(schedule, flags, join(__dirname, 'bin.cjs'), terminal);
    },
  );
}
