/** The resident collector as a module of PM2: `pm2 install pm2-audit`, settings by `pm2 set pm2-audit:key value`. */
export async function main(): Promise<void> {
  const { startWatch } = await import('./commands/watch/start.ts');
  const { moduleFlags } = await import('./commands/watch/module-settings.ts');
  await startWatch(() => moduleFlags(process.env));
}
