/** Medians of one row, per operation. */
export interface RowFigures {
  /** Microseconds of the clock. */
  readonly wall: number;
  /** Microseconds of the processor, of the process that uses the store. */
  readonly cpu: number;
  /** Microseconds of the processor, of the server. */
  readonly server: number;
}

/** A target that was missed. */
export interface Miss {
  readonly verb: string;
  /** `calls` for the number of round trips. */
  readonly figure: 'wall' | 'p99' | 'calls';
  readonly kit: RowFigures;
  readonly other: RowFigures;
  /** Of the client alone, where there is one. */
  readonly bare?: RowFigures;
  readonly against: 'client alone' | 'py-key-value' | 'one call';
}

const us = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(1));

/**
 * That the server takes most of the time, when it does. Against the client alone it is no cause: the same server serves both.
 *
 * @param why it does
 */
export function serverTakesMost({ kit, against }: Miss, why: string): string | undefined {
  if (against !== 'py-key-value' || !(kit.server >= kit.wall / 2)) return undefined;
  return `${why}: ${us(kit.server)} of ${us(kit.wall)} µs are the server's processor, ${us(kit.cpu)} the client's`;
}

/** That the server works longer for the kit than for the client alone, when it does. @param why it does */
export function serverWorksMore({ kit, other, against, figure }: Miss, why: string): string | undefined {
  if (against !== 'client alone' || figure === 'calls' || !(kit.server >= other.server * 1.2)) return undefined;
  return `${why}: ${us(kit.server)} µs of the server's processor against ${us(other.server)}`;
}

/** That the client alone is not faster than that either, when it is so: what is added to it cannot be the cause. */
export function clientAloneToo({ against, figure, kit, other, bare }: Miss): string | undefined {
  if (against !== 'py-key-value' || figure !== 'wall' || !bare) return undefined;
  const ratio = bare.wall / other.wall;
  if (ratio < 0.4) return undefined;
  return (
    `the client alone comes to ${ratio.toFixed(2)} itself: ${us(bare.wall)} of ${us(other.wall)} µs; ` +
    `processor of the client: kit ${us(kit.cpu)}, client alone ${us(bare.cpu)}, py-key-value ${us(other.cpu)} µs`
  );
}

/** That the kit's process computes more than the client alone does, when that is so. @param bytes kept for an entry, of both */
export function moreToRead(
  { against, figure, kit, other }: Miss,
  bytes: readonly [number, number],
): string | undefined {
  const more = kit.cpu - other.cpu;
  if (against !== 'client alone' || figure !== 'wall' || !(more >= (kit.wall - 1.25 * other.wall) / 2))
    return undefined;
  return (
    `the processor of the client takes ${us(kit.cpu)} µs against ${us(other.cpu)}: an entry in py-key-value's layout, ` +
    `with dates that are written or checked, has ${bytes[0]} bytes against ${bytes[1]}`
  );
}

/** That most of the time nobody computes, when it is so. @param why that is */
export function waitsMost({ kit }: Miss, why: string): string | undefined {
  const idle = kit.wall - kit.cpu - (kit.server || 0);
  if (!(idle >= kit.wall / 2)) return undefined;
  return `${why}: of ${us(kit.wall)} µs the processor works for ${us(kit.cpu)}`;
}
