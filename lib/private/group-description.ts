const MAX_DESCRIPTION = 255;

/** A text as EC2 takes it for the description of a security group. */
export function groupDescription(text: string): string {
  return text.slice(0, MAX_DESCRIPTION).replaceAll(/[^\w. :/()#,@[\]+=&;{}!$*-]/g, '_');
}
