/** `pm2-audit watch` by itself: scripts/start.cjs comes here, so that nothing else is loaded. */
export async function main(argv: readonly string[]): Promise<void> {
  const { startWatch, watchFlags } = await import('./commands/watch/start.ts');
  await startWatch(() => watchFlags(argv.slice(3)));
}
