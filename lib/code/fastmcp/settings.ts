/** A setting that the construct makes for a FastMCP server. FastMCP reads its own when it is imported. */
export interface ServerSetting {
  readonly variable: string;
  readonly value: string;
  readonly why: string;
}

/** Settings on every compute. `environment` of the server overrides them. */
export const SETTINGS: readonly ServerSetting[] = [
  {
    variable: 'FASTMCP_HOME',
    value: '/tmp/fastmcp',
    why: 'the home directory is read-only on Lambda and lost with a task; with `oauth_storage()` nothing is written here',
  },
  {
    variable: 'FASTMCP_STATELESS_HTTP',
    value: 'true',
    why: 'the next request may reach another instance, which knows nothing of a session in memory',
  },
  {
    variable: 'FASTMCP_LOG_ENABLED',
    value: 'false',
    why: "FastMCP's lines go to the root logger, which writes one line of JSON each, and not to a handler of its own",
  },
  {
    variable: 'FASTMCP_ENABLE_RICH_LOGGING',
    value: 'false',
    why: 'CloudWatch shows one event a line; the rich log breaks lines and adds colours',
  },
  { variable: 'FASTMCP_ENABLE_RICH_TRACEBACKS', value: 'false', why: 'as above' },
  { variable: 'LOG_LEVEL', value: 'INFO', why: 'of all lines: DEBUG, INFO, WARNING or ERROR' },
  { variable: 'FASTMCP_SHOW_SERVER_BANNER', value: 'false', why: 'a banner is no log' },
  {
    variable: 'FASTMCP_CHECK_FOR_UPDATES',
    value: 'off',
    why: 'a cold start asks no package index, and an isolated network has none',
  },
  {
    variable: 'FASTMCP_HTTP_HOST_ORIGIN_PROTECTION',
    value: 'false',
    why:
      'the host of the kit checks `Host` and `Origin` itself, against the public address; FastMCP, which does not know it, ' +
      'would answer 421 to everybody',
  },
  {
    variable: 'PY_KEY_VALUE_DISABLE_BEARTYPE',
    value: 'true',
    why: 'types of arguments were checked when the kit was tested; checking every call again costs time',
  },
  { variable: 'PYTHONUNBUFFERED', value: '1', why: 'a line that is logged is not lost when the process ends' },
  { variable: 'PYTHONDONTWRITEBYTECODE', value: '1', why: 'the folder of the code cannot be written to' },
];

/** Settings that the construct makes for the host, by compute. They are not overridden: without them nothing starts. */
export const HOST_SETTINGS = {
  lambda: [
    { variable: 'HOST', value: '127.0.0.1', why: 'only the adapter, in the same sandbox, calls the server' },
    { variable: 'PORT', value: '8080', why: 'where the adapter calls it' },
    { variable: 'PYTHONPATH', value: 'vendor', why: 'where the installed packages are, below the folder of the code' },
    {
      variable: 'FORWARDED_ALLOW_IPS',
      value: '127.0.0.1',
      why: 'the adapter passes on that the caller came by HTTPS, and from where; nobody else connects',
    },
    {
      variable: 'AWS_LAMBDA_EXEC_WRAPPER',
      value: '/opt/bootstrap',
      why: 'starts `run.sh` in place of a Python handler',
    },
    { variable: 'AWS_LWA_PORT', value: '8080', why: 'the port of the server' },
    { variable: 'AWS_LWA_INVOKE_MODE', value: 'response_stream', why: 'answers are streamed, not gathered' },
    { variable: 'AWS_LWA_READINESS_CHECK_PATH', value: '/health', why: 'answers without authentication' },
    {
      variable: 'AWS_LWA_ASYNC_INIT',
      value: 'true',
      why: 'a server that takes longer than the 10 s of an init phase goes on starting in the first call',
    },
  ],
  container: [
    { variable: 'PYTHONPATH', value: 'vendor', why: 'where the installed packages are, below the working directory' },
    {
      variable: 'FORWARDED_ALLOW_IPS',
      value: '*',
      why: 'the load balancer says that the caller came by HTTPS; nobody else reaches a task. Without it, redirects go to HTTP',
    },
  ],
} as const satisfies Record<string, readonly ServerSetting[]>;

/** Settings as environment variables. */
export function environmentOf(settings: readonly ServerSetting[]): { [name: string]: string } {
  return Object.fromEntries(settings.map(({ variable, value }) => [variable, value]));
}
