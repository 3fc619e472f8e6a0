// Preloaded into each server under load: tells the parent what it has used.
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system, rss: process.resourceUsage().maxRSS / 1024 });
});
