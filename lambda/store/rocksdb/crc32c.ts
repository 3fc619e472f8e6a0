const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C of the bytes, masked as RocksDB stores it: of a CRC within data no CRC is to be made. */
export function maskedCrc32c(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  value = ~value;
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
