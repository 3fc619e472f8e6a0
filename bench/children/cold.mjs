// One cold start: from before the import of a bundle to its first answer. Prints CPU and wall milliseconds.
const [bundle, method] = process.argv.slice(2);
const { functionUrlEvent } = await import('../messages.mjs');
const { invoke } = await import('./lambda-globals.mjs');
const cpu = process.cpuUsage();
const wall = process.hrtime.bigint();
const { handler } = await import(bundle);
let undici = process.moduleLoadList.some((name) => name.includes('undici'));
if (handler) {
  const answer = await invoke(handler, functionUrlEvent(method, 1));
  if (!answer.includes('result')) throw new Error(`unexpected answer: ${answer.slice(0, 300)}`);
}
const used = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    cpu: (used.user + used.system) / 1000,
    wall: Number(process.hrtime.bigint() - wall) / 1e6,
    undiciAtImport: undici,
    rss: process.resourceUsage().maxRSS / 1024,
  }),
);
process.exit(0);
