// Deploys a service and stays: tasks.test.ts kills it and looks what is left.
import { buildProbe, deployByHand } from './by-hand.ts';
import { LocalFargate } from './local-fargate.ts';

async function main(): Promise<void> {
  const fargate = await LocalFargate.start();
  buildProbe(fargate);
  await deployByHand(fargate, 'one');
  console.log(JSON.stringify({ pid: fargate.tasks()[0]?.pid, folder: fargate.folder }));
  setInterval(() => undefined, 1 << 30);
}

void main();
