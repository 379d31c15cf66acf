// Preloaded into a measured process: writes its peak RSS (KiB, getrusage) where the bench can read it.
const { appendFileSync } = require('node:fs');
process.on('exit', () => {
  if (process.env.BENCH_PEAK) appendFileSync(process.env.BENCH_PEAK, `${process.resourceUsage().maxRSS}\n`);
});
