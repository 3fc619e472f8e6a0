/** Writes a command for the AWS command line, for the account and region that was looked at. */
export type Cli = (command: string) => string;

export function awsCli(region: string, profile: string | undefined): Cli {
  const place = [`--region ${region}`, ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`])].join(' ');
  return (command) => `aws ${command} ${place}`;
}

/** Names of profiles are free text; all other names that are printed have a harmless alphabet. */
function quoted(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
