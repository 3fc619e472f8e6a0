/** `describe`, or `describe.skip` where global-setup.ts has found that this machine cannot run the local cloud. */
export const describeOnCloud = process.env.LOCAL_CLOUD_SKIP === undefined ? describe : describe.skip;

/** `test`, or `test.skip` where AWS's runtime client does not run. */
export const testUnderRuntimeClient = process.env.RUNTIME_CLIENT_SKIP === undefined ? test : test.skip;

/** `test`, or `test.skip` where tasks of Fargate run as processes, which global-setup.ts has told with the reason. */
export const testInContainers = process.env.CONTAINERS_SKIP === undefined ? test : test.skip;
