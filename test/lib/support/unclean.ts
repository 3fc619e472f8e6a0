/** Types that jsii refuses: the control of public-types.test.ts. */
export interface Unclean<T> {
  readonly union: string | number;
  readonly optional?: string;
  readonly flag?: boolean;
  readonly action: () => void;
  readonly pair: [string, number];
  readonly map: Map<string, T>;
  readonly literal: { readonly a: string };
  readonly list: (string | number)[];
  readonly names: { [name: string]: string };
  readonly _internal: string | number;
}

export class Choice {
  private readonly hidden: string | number = 1;
  choose(how: 'a' | 'b'): string {
    return `${how} ${this.hidden}`;
  }
}
